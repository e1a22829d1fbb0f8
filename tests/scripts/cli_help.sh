#!/usr/bin/env bash
# stepwell help: every form comes from the tables, and each is what its reader expects.
set -uo pipefail
cd "$(dirname "$0")/../.."

passed=0 failed=0
claim() { # what, command...
    local what=$1
    shift
    if output=$("$@" 2>&1); then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $what"
        sed 's/^/     /' <<<"$output" | head -20
    fi
}
status_is() { # status, command...
    local expected=$1
    shift
    "$@"
    local status=$?
    [ $status = "$expected" ] || { echo "status $status, not $expected"; return 1; }
}
says() { # part, command...
    local part=$1
    shift
    local text
    text=$("$@" 2>&1)
    [[ $text == *"$part"* ]] || { echo "no '$part' in: $text"; return 1; }
}

version=$(sed -n "s/^ *version: '\(.*\)',$/\1/p" meson.build | head -1)
claim 'the version is that of the build' says "stepwell $version" "$STEPWELL" --version
claim '--help' says 'stepwell run' bash -c "'$STEPWELL' --help; echo stepwell run"
claim 'no command is bad usage' status_is 2 "$STEPWELL"
claim 'an unknown command' status_is 2 "$STEPWELL" evaluate
claim 'the nearest command is named' says 'did you mean validate?' "$STEPWELL" valdate
claim 'the nearest option is named' says 'did you mean --history-file?' \
    "$STEPWELL" run x --histroy-file y
claim 'an unknown letter' says 'no option -z' "$STEPWELL" run -z
claim 'an option without its value' says 'needs a value' "$STEPWELL" graph x -o
claim 'a value where none may be' says 'takes no value' "$STEPWELL" run x --quiet=1
claim 'an unknown topic' says 'did you mean run?' "$STEPWELL" help rn
for command in run validate graph eval compile help; do
    claim "help $command" says "Usage: stepwell $command" "$STEPWELL" help $command
    claim "$command --help" cmp <("$STEPWELL" help $command) <("$STEPWELL" $command --help)
done
narrow() { ! "$STEPWELL" help "$1" | grep -v '^  stepwell\|^      ' | grep -nE '.{82,}'; }
for command in run validate graph eval compile help; do
    claim "help $command fits a terminal" narrow $command
done

claim 'bash completion parses' bash -n <("$STEPWELL" help --completion bash)
# Completes as a shell would: the words so far, the last one still being typed.
complete_words() {
    eval "$("$STEPWELL" help --completion bash)"
    compopt() { :; }
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
    _stepwell
    echo "${COMPREPLY[@]-}"
}
claim 'commands complete' says 'graph' complete_words stepwell g
claim 'options complete' says '--fast-forward' complete_words stepwell run --fa
claim 'choices complete' says 'mermaid' complete_words stepwell graph --format m
claim 'files complete' says 'meson.build' complete_words stepwell graph meson.b
for shell in zsh fish; do
    text=$("$STEPWELL" help --completion $shell)
    claim "$shell completion names all commands" says compile echo "$text"
    if command -v $shell >/dev/null; then
        claim "$shell completion parses" $shell -n <(echo "$text")
    fi
done
claim 'fish or zsh' says "bash|zsh|fish" "$STEPWELL" help --completion sh

if command -v groff >/dev/null; then
    clean_page() { [ -z "$("$STEPWELL" help --man | groff -man -Tutf8 -ww -z 2>&1)" ]; }
    claim 'the manual page is clean roff' clean_page
fi
claim 'docs/cli.md is what stepwell help --markdown prints' \
    cmp docs/cli.md <("$STEPWELL" help --markdown)

echo "$passed passed, $failed failed"
[ $failed = 0 ]
