# Hermetic packages in Nix, without nixpkgs: a fixed-output derivation fetches what the lock names, a second one builds
# from it without the network. Signing is a step after both, as the store is readable by everyone.
{
  # The unpacked release of pvpkg, and Node 20.19 or newer: "/usr/bin/node", or "${pkgs.nodejs_22}/bin/node".
  pvpkg,
  node,
  # A shell and the coreutils: "${pkgs.bash}/bin/sh", and "${pkgs.coreutils}/bin".
  shell ? "/bin/sh",
  path ? "/usr/bin:/bin",
  system ? builtins.currentSystem,
}:
let
  run =
    name: script: more:
    derivation (
      {
        inherit name system;
        builder = shell;
        args = [ "-euc" script ];
        PATH = path;
        # A build finds neither keys nor settings of anybody.
        HOME = "/homeless-shelter";
        pvpkg = "${node} ${pvpkg}/dist/program/cli/main.js";
      }
      // more
    );
in
{
  # What a build takes of a project: what packages are made from, and `more` of it, such as the directories of images
  # that lie there. Not all of it, because `result` and signed packages would change the derivation that made them.
  project =
    directory: more:
    let
      start = builtins.stringLength (toString directory) + 1;
      top = path: builtins.head (builtins.split "/" (builtins.substring start (-1) path));
    in
    builtins.path {
      name = "project";
      path = directory;
      filter = path: type: builtins.elem (top path) ([ "pvpkg.json" "pvpkg.lock.json" "pvpkg" ] ++ more);
    };

  # Everything that the lock names, as one OCI layout. `hash` changes with the lock alone:
  #   pvpkg fetch -o images && nix-hash --type sha256 images
  fetchPvpkgImages =
    { lock, hash, name ? "pvpkg-images" }:
    run name ''TMPDIR=$PWD $pvpkg fetch --lock ${lock} -o "$out" --no-cache --progress none'' {
      outputHashMode = "recursive";
      outputHashAlgo = "sha256";
      outputHash = hash;
      # Where the registry is found, not what it gives.
      impureEnvVars = [ "http_proxy" "https_proxy" "no_proxy" "SSL_CERT_FILE" "REGISTRY_AUTH_FILE" ];
    };

  # The unsigned packages of a project, and beside them whatever `options` add, such as --sbom spdx-json.
  buildPvpkg =
    { src, images, version, name ? "packages", options ? "" }:
    run name ''
      cp -R ${src} project
      chmod -R u+w project
      rm -rf project/releases
      cd project
      TMPDIR=$NIX_BUILD_TOP BUILD_VERSION=${version} $pvpkg build --frozen --from ${images} \
        --no-sign --no-cache --progress none ${options}
      mkdir "$out"
      cp releases/*.* "$out/"
    '' { };
}
