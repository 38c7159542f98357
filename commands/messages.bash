# shellcheck shell=bash
# What is said, in Spanish or English. `tell` and the like take a format of printf(1), which they
# translate, and its values. commands/po/es.po has the Spanish.

# speak LANGUAGE: "es", "en", or for an empty one what the environment asks for, as gettext(3) reads
# it: LC_ALL before LC_MESSAGES before LANG; LANGUAGE, a list, before them, unless they ask for C.
speak() {
  local locale=${LC_ALL:-${LC_MESSAGES:-${LANG:-C}}}
  [[ $locale == @(C|POSIX) ]] || locale=${LANGUAGE:-$locale}
  while [[ $locale == *:* && $locale != e[ns]* ]]; do locale=${locale#*:}; done
  language=en
  [[ ${1:-$locale} != es* ]] || language=es
}
speak ''

# translated TEXT: sets $REPLY to it, as commands/po/es.po has it. Not by gettext(1): a machine without
# packages lacks it, and must speak Spanish, too.
declare -gA translations=()  # also if a function has this file read
translated() {
  [[ $language == es ]] || { REPLY=$1; return; }
  ((${#translations[@]})) || read_translations "${BASH_SOURCE[0]%/*}/po/es.po"
  REPLY=${translations[$1]:-$1}
}

# The format: https://www.gnu.org/software/gettext/manual/html_node/PO-Files.html
read_translations() {
  local line text id='' part=''
  while IFS= read -r line; do
    case $line in
      'msgid "'*) part=id id='' ;;
      'msgstr "'*) part=text text='' ;;
      '"'*) ;;
      *) continue ;;
    esac
    line=${line#*\"} line=${line%\"} line=${line//\\\\/$'\1'}
    line=${line//\\\"/\"} line=${line//\\n/$'\n'} line=${line//$'\1'/\\}
    if [[ $part == id ]]; then id+=$line; else text+=$line translations[${id:- }]=$text; fi
  done <"$1"
}

tell() {
  translated "$1"
  # shellcheck disable=SC2059  # the format is a message of this repository
  printf -- "$REPLY\n" "${@:2}"
}
