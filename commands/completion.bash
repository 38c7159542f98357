# shellcheck shell=bash
# Completes ./course in bash: commands and options from the heads of commands/*, stages from their table.
# To have it in each of your shells, write into ~/.bashrc, with the folder where your course is:
#
#     source ~/servicios/commands/completion.bash
#
# https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html

_servicios_course() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  local folder synopsis='' words=''
  COMPREPLY=()
  folder=$(realpath -- "${COMP_WORDS[0]/#\~\//$HOME/}" 2>/dev/null) && folder=${folder%/*}
  [[ -f $folder/commands/common.bash ]] || return 0

  # The head's first paragraph, which may have several lines.
  ((COMP_CWORD == 1)) || synopsis=$(
    awk '/^# shellcheck/ { next } !/^# / { exit } { print }' "$folder/commands/${COMP_WORDS[1]}" 2>/dev/null)
  case $before$synopsis in
    --lang*) words='es en' ;;
    --*"[$before "*) return 0 ;;  # its value; bash then completes names of files
    *)
      if [[ $word == -* ]]; then
        words="--lang --help $(grep --only-matching -e '\[--[a-z-]*' <<<"$synopsis" | tr -d '[')"
      elif ((COMP_CWORD == 1)) || [[ $synopsis == *'[COMMAND]'* ]]; then
        words=$(cd "$folder/commands" && find . -maxdepth 1 -type f ! -name '*.bash' -printf '%f\n' | sort)
      elif ((COMP_CWORD == 2)) && [[ $synopsis == *STAGE* ]]; then
        words=$(awk '!/^#/ { print $1 }' "$folder/stages")
        [[ $synopsis != *'|all'* ]] || words+=' all'
      elif ((COMP_CWORD == 2)) && [[ $synopsis == *'[NAME]'* ]]; then
        words=$(awk '!/^#/ { print $1 }' "$folder/exercises/contents")
      fi
      [[ $synopsis != *'COMMAND...'* ]] || words+=" $(compgen -c -- "$word")"
      ;;
  esac
  # Some are names of files in a folder that may be anybody's, and compgen -W would expand them.
  while IFS= read -r words; do
    [[ $words != "$word"* ]] || COMPREPLY+=("$words")
  done < <(tr ' ' '\n' <<<"$words" | grep -E '^[A-Za-z0-9_.+:@-]+$')
}

complete -o default -F _servicios_course course
