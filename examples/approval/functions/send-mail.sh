#!/bin/sh
# Sends a mail, or pretends to: the mail server is busy at the first attempt.
event=$(cat)
sleep 0.3
case $event in
*'"attempt":0'*)
    echo '{"errorType": "MailServerBusy", "errorMessage": "451 try again later"}'
    exit 1
    ;;
esac
echo '{"mailed": true}'
