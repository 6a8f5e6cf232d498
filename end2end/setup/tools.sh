# Installs cargo-leptos and the wasm-bindgen CLI into `.tools`, for `make check` also cargo-deny,
# and for `make template` also cargo-generate, unless the same versions are on the PATH. setup.sh
# reads this file. In this order: cargo-binstall, if it is installed; the release's archive, if
# its checksum is right; `cargo install`, which compiles. What was compiled is kept in Cargo's home:
# another clone or worktree takes it from there.

releases=${SETUP_RELEASES:-https://github.com}

# Gives the name that releases have for this machine; fails where they have none.
platform() {
    case "$(uname -s) $(uname -m)" in
    "Linux x86_64") echo x86_64-unknown-linux-musl ;;
    "Linux aarch64") echo "aarch64-unknown-linux-$1" ;;
    "Darwin x86_64") echo x86_64-apple-darwin ;;
    "Darwin arm64") echo aarch64-apple-darwin ;;
    *) return 1 ;;
    esac
}

# download ADDRESS FILE
download() {
    if have curl; then
        curl --fail --silent --show-error --location --connect-timeout 10 --max-time 300 --output "$2" "$1"
    else
        wget --quiet --connect-timeout=10 --tries=2 --output-document="$2" "$1"
    fi
}

# has_checksum FILE CHECKSUM_FILE
has_checksum() {
    local sum
    if have sha256sum; then sum=$(sha256sum "$1"); else sum=$(shasum -a 256 "$1"); fi
    [ "${sum%% *}" = "$(cut -d ' ' -f 1 "$2" | tr 'A-F' 'a-f')" ]
}

# from_archive BINARY ADDRESS CHECKSUM_ADDRESS: takes BINARY out of a release's archive.
from_archive() {
    local folder status=1
    folder=$(mktemp -d) || return 1
    if download "$2" "$folder/archive" 2>/dev/null && download "$3" "$folder/checksum" 2>/dev/null; then
        if ! has_checksum "$folder/archive" "$folder/checksum"; then
            say "the archive at $2 has another checksum than its release says: not used"
        elif tar -xzf "$folder/archive" -C "$folder"; then
            mkdir -p .tools/bin &&
                find "$folder" -type f -name "$1" -exec cp {} ".tools/bin/$1" \; &&
                chmod +x ".tools/bin/$1" && status=0
        fi
    fi
    rm -rf "$folder"
    return $status
}

# has_version BINARY VERSION; the binary may be a path. cargo-generate writes its name without the hyphen.
has_version() {
    local name=${1##*/}
    case "$("$1" --version 2>/dev/null)" in
    "$name $2" | "${name/-/ } $2") ;;
    *) return 1 ;;
    esac
}

# compile CRATE ARGUMENT OF CARGO INSTALL…
compile() {
    # cargo-leptos mostly waits for other programs; the others read large files.
    local level=1
    if [ "$1" = cargo-leptos ]; then level=0; fi
    local -x CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16
    local -x CARGO_PROFILE_RELEASE_OPT_LEVEL=$level
    # Otherwise cargo-leptos builds OpenSSL from its source, which takes minutes.
    if have pkg-config && pkg-config --exists 'openssl >= 3 openssl < 4' 2>/dev/null; then
        OPENSSL_NO_VENDOR=1 cargo install "$@" && return
    fi
    cargo install "$@"
}

# install_tool BINARY CRATE VERSION MINUTES ARCHIVE CHECKSUM [ARGUMENT OF CARGO INSTALL…]
install_tool() {
    local binary=$1 crate=$2 version=$3 minutes=$4 archive=$5 checksum=$6
    shift 6
    has_version "$binary" "$version" && return
    local machine kept
    machine=$(rustc --print host-tuple 2>/dev/null || uname -m)
    kept=${CARGO_HOME:-${HOME-}/.cargo}/leptos-logto-tools/$machine/$crate-$version
    if ! has_version "$kept/bin/$binary" "$version"; then
        say "installing $crate $version into .tools (usually a few seconds)"
        # Old cargo-binstall versions know fewer options: a failure only means the next way.
        if have cargo-binstall &&
            cargo binstall --no-confirm --root .tools --disable-strategies compile "$crate@$version" &&
            has_version "$binary" "$version"; then
            return
        fi
        if [ -n "$archive" ] && from_archive "$binary" "$archive" "$checksum" && has_version "$binary" "$version"; then
            return
        fi
        say "no prebuilt $crate can be had here: compiling it (usually $minutes minutes on two cores, once)"
        compile "$crate" --version "$version" --root "$kept" --force "$@" ||
            stop "$crate $version could not be installed. Without a network nothing can be downloaded. Behind a \
proxy, set HTTPS_PROXY. Where your home folder is read-only, set CARGO_HOME to a folder that is not"
    fi
    # Renamed, because another run may start it meanwhile.
    mkdir -p .tools/bin && cp "$kept/bin/$binary" ".tools/bin/$binary.new" &&
        mv -f ".tools/bin/$binary.new" ".tools/bin/$binary"
}

version=0.3.10
archive= checksum=
if target=$(platform musl); then
    archive=$releases/leptos-rs/cargo-leptos/releases/download/v$version/cargo-leptos-$target.tar.gz
    checksum=$archive.sha256
fi
# Without `no_downloads`, cargo-leptos downloads a tool that is missing and says nothing.
install_tool cargo-leptos cargo-leptos "$version" 8 "$archive" "$checksum" --locked --features no_downloads

# The command-line tool and the library must have the same version.
version=$(sed -n '/^name = "wasm-bindgen"$/{n;s/version = "\(.*\)"/\1/p;}' Cargo.lock)
archive= checksum=
if target=$(platform gnu); then
    archive=$releases/wasm-bindgen/wasm-bindgen/releases/download/$version/wasm-bindgen-$version-$target.tar.gz
    checksum=${archive}.sha256sum
fi
install_tool wasm-bindgen wasm-bindgen-cli "$version" 4 "$archive" "$checksum"

# Only `make check` needs it: `setup.sh check`.
if [ "${1-}" = check ]; then
    version=0.20.2
    archive= checksum=
    if target=$(platform musl); then
        archive=$releases/EmbarkStudios/cargo-deny/releases/download/$version/cargo-deny-$version-$target.tar.gz
        checksum=$archive.sha256
    fi
    install_tool cargo-deny cargo-deny "$version" 8 "$archive" "$checksum" --locked
fi

# Only `make template` needs it: `setup.sh template`. Its releases have no checksums.
if [ "${1-}" = template ]; then
    install_tool cargo-generate cargo-generate 0.23.14 3 '' '' --locked
fi
