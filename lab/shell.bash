# shellcheck shell=bash
# What a shell in the lab begins with: ./course lab gives it to bash as --rcfile. Its folder is the course's.

[[ ! -r /etc/bash.bashrc ]] || source /etc/bash.bashrc
# shellcheck source=/dev/null
[[ ! -r /usr/share/bash-completion/bash_completion ]] || source /usr/share/bash-completion/bash_completion
source commands/completion.bash
# shellcheck source=/dev/null
[[ ! -r ~/.bashrc ]] || source ~/.bashrc  # in a lab that is new there is none; an exercise may have one

PS1='(lab) \u@\h:\w\$ '
[[ -n ${NO_COLOR:-} || $TERM == dumb ]] || PS1='\[\e[1;36m\](lab)\[\e[0m\] \u@\h:\w\$ '
