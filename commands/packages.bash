# shellcheck shell=bash disable=SC2034  # doctor reads install_command
# The packages of lab/packages, by this machine's names and package manager. common.bash sources this.

# Sets $package_manager, $install_command and, for lab/packages, $package_column by os-release(5): ID=
# is what this machine runs, ID_LIKE= what it was made from.
find_package_manager() {
  local file=/etc/os-release line systems=' '
  package_manager=apt-get package_column=2 install_command='apt-get install'
  [[ -r $file ]] || file=/usr/lib/os-release
  [[ -r $file ]] || return 0
  while IFS= read -r line || [[ -n $line ]]; do
    [[ ! $line =~ ^(ID|ID_LIKE)=[\"\']?([a-z0-9._ -]*) ]] || systems+="${BASH_REMATCH[2]} "
  done <"$file"
  case $systems in
    *' fedora '*) package_manager=dnf package_column=3 install_command='dnf install' ;;
    *' arch '*) package_manager=pacman package_column=4 install_command='pacman -S' ;;
  esac
}

# packages GROUP...: the names and what they are for, a line each; of all groups if none is named.
packages() {
  awk -v groups=" $* " -v column="$package_column" '
    /^#/ || $column == "-" || (groups != "  " && !index(groups, " " $1 " ")) { next }
    !seen[$column]++ {
      package = $1 " " $column
      for (i = 1; i <= 4; i++) sub(/^[^ ]+ +/, "")
      print package, $0
    }' lab/packages
}

# installed PACKAGE...: those of them that are, a line each.
installed() {
  case $package_manager in
    dnf) rpm --query --queryformat '%{NAME}\n' "$@" | grep -v ' ' ;;  # a sentence says that it is not
    pacman) pacman --query --quiet "$@" ;;
    *) dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' "$@" | sed -n 's/^installed //p' ;;
  esac 2>/dev/null || true
}

# missing GROUP...: those that are not installed.
missing() {
  local package names present
  mapfile -t names < <(packages "$@" | cut -d ' ' -f 2)
  mapfile -t present < <(installed "${names[@]}")
  for package in "${names[@]}"; do
    [[ " ${present[*]} " == *" $package "* ]] || echo "$package"
  done
}

# Installs what these groups lack.
need() {
  local packages
  mapfile -t packages < <(missing "$@")
  ((${#packages[@]})) || return 0
  command -v "$package_manager" >/dev/null ||
    cannot 'this machine has no %s; install: %s' "$package_manager" "${packages[*]}"
  need_root
  tell 'Installing %s' "${packages[*]}"
  case $package_manager in
    dnf) as_root dnf install -y --setopt=install_weak_deps=False "${packages[@]}" ;;
    pacman) as_root pacman -S --needed --noconfirm "${packages[@]}" ;;
    *)
      local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
      as_root "${apt[@]}" update || cannot 'apt-get could not update its lists; what it said is above'
      as_root "${apt[@]}" install -y --no-install-recommends "${packages[@]}"
      ;;
  esac || cannot 'could not install %s; what %s said is above' "${packages[*]}" "$package_manager"
}
