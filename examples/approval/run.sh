#!/bin/sh
# Runs the approval example in the terminal: examples/approval/run.sh [INPUT] [OPTIONS]
#
# INPUT is one of the files in inputs/, without .json: approved (the default; the first reviewer
# does not answer in time), small (needs no review), declined, incomplete (ends in the clean-up).
cd "$(dirname "$0")" || exit 1
stepwell=${STEPWELL:-$PWD/../../build/stepwell}

input=approved
case ${1:-} in
'' | -*) ;;
*)
    input=$1
    shift
    ;;
esac

exec "$stepwell" run approval.asl.json --input "@inputs/$input.json" \
    --function check-request=functions/check-request.py \
    --function send-mail=functions/send-mail.sh \
    --function post-message=functions/post-message.py \
    --function ask-reviewer=functions/ask-reviewer.py \
    --function book=functions/book.sh \
    --function withdraw=functions/withdraw.py "$@"
