"""Packages in Bazel: a repository with everything that a lock names, and a rule that builds from it.

The repository rule fetches each blob by its SHA-256, so that Bazel's repository cache and its mirrors work. The rule
builds with --frozen and without the network. Keys are never an input: packages are signed after the build.
"""

# Before Bazel 7.1 downloads have no headers. Registries that check what a client accepts refuse OCI manifests then.
_MANIFESTS = ", ".join([
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.docker.distribution.manifest.v2+json",
])

_LOCAL = ("oci:", "oci-archive:", "docker-archive:", "dir:")

def _repository_of(image):
    """Returns host and path of NAME:TAG@DIGEST, as docker reads names."""
    name = image.split("@")[0]
    first, slash, rest = name.partition("/")
    if slash == "" or not ("." in first or ":" in first or first == "localhost"):
        first, rest = "docker.io", name
    path = rest.rpartition(":")[0] if ":" in rest else rest
    if first in ("docker.io", "index.docker.io"):
        first = "registry-1.docker.io"
        path = path if "/" in path else "library/" + path
    return first, path

def blobs_of(key, entry):
    """Returns what an image of a lock consists of: (kind, digest) pairs, each once."""
    found = {entry["resolved"]: "manifests"}
    for platform in entry["platforms"].values():
        found[platform["manifest"]["digest"]] = "manifests"
        found[platform["config"]["digest"]] = "blobs"
        for layer in platform["layers"]:
            found[layer["digest"]] = "blobs"
    for digest in found:
        if not digest.startswith("sha256:"):
            fail("%s: expected sha256 digests, got %s" % (key, digest))
    return [(kind, digest) for digest, kind in found.items()]

def layout_index(lock):
    """Returns index.json of the layout, byte for byte as `pvpkg fetch -o` writes it."""
    manifests = [
        '{"mediaType":%s,"digest":%s,"size":%d,"annotations":{"org.opencontainers.image.ref.name":%s}}' % (
            json.encode(entry["mediaType"]),
            json.encode(entry["resolved"]),
            entry["size"],
            json.encode(key),
        )
        for key, entry in sorted(lock["images"].items())
    ]
    return '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s]}' % ",".join(manifests)

def _pvpkg_images_impl(ctx):
    lock = json.decode(ctx.read(ctx.attr.lock))
    addresses = [key for key in lock.get("files", {}) if key.startswith("http")]
    if addresses:
        fail("%s: archives at addresses are not fetched by this rule: run pvpkg fetch" % addresses[0])
    images = {key: entry for key, entry in lock["images"].items() if not key.startswith(_LOCAL)}
    has_headers = _version(native.bazel_version if hasattr(native, "bazel_version") else "") >= (7, 1)
    done = {}
    for key, entry in images.items():
        host, path = _repository_of(entry["image"])
        scheme = "http" if host in ctx.attr.insecure else "https"
        for kind, digest in blobs_of(key, entry):
            if digest in done:
                continue
            done[digest] = True
            more = {"headers": {"Accept": _MANIFESTS}} if has_headers and kind == "manifests" else {}
            ctx.download(
                url = "%s://%s/v2/%s/%s/%s" % (scheme, host, path, kind, digest),
                output = "layout/blobs/" + digest.replace(":", "/"),
                sha256 = digest[len("sha256:"):],
                **more
            )
    ctx.file("layout/oci-layout", '{"imageLayoutVersion":"1.0.0"}', executable = False)
    ctx.file("layout/index.json", layout_index({"images": images}), executable = False)
    ctx.file("BUILD.bazel", 'filegroup(name = "layout", srcs = glob(["layout/**"]), visibility = ["//visibility:public"])\n')

def _version(text):
    """Returns the first two numbers of a version; of a build without one, those of Bazel 4."""
    parts = [part for part in text.split(".")[:2] if part.isdigit()]
    return (int(parts[0]), int(parts[1])) if len(parts) == 2 else (4, 0)

pvpkg_images = repository_rule(
    implementation = _pvpkg_images_impl,
    doc = "Everything that a lock names, as the OCI layout that `pvpkg fetch -o` writes: @NAME//:layout.",
    attrs = {
        "lock": attr.label(mandatory = True, allow_single_file = True, doc = "pvpkg.lock.json"),
        "insecure": attr.string_list(doc = "Hosts that are reached by plain HTTP."),
    },
)

_BUILD = """
set -eu
node=$1; main=$2; project=$3; layout=$4; out=$5; shift 5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -RL "$project" "$work/project"
chmod -R u+w "$work/project"
main=$(realpath "$main") layout=$(realpath "$layout") out=$(realpath "$out")
cd "$work/project"
HOME=$work TMPDIR=$work "$node" "$main" build --frozen --from "$layout" --no-sign --no-cache --progress none \
    --name-template '$ARCH.tgz' "$@"
for file in releases/*.tgz; do mv "$file" "$out.${file##*/}"; done
"""

def _pvpkg_packages_impl(ctx):
    outputs = [ctx.actions.declare_file("%s.%s.tgz" % (ctx.label.name, label)) for label in ctx.attr.architectures]
    layout = [file for file in ctx.files.images if file.basename == "oci-layout"][0].dirname
    main = [file for file in ctx.files.pvpkg if file.path.endswith("dist/program/cli/main.js")][0]
    place = outputs[0].path[:-len(".%s.tgz" % ctx.attr.architectures[0])]
    ctx.actions.run_shell(
        mnemonic = "PvpkgBuild",
        progress_message = "Building packages %s" % ctx.label,
        outputs = outputs,
        inputs = ctx.files.srcs + ctx.files.images + ctx.files.pvpkg + [ctx.file.lock],
        # $(realpath) of a name that is not there yet needs its directory.
        command = _BUILD,
        arguments = [ctx.attr.node, main.path, ctx.file.lock.dirname or ".", layout, place] + ctx.attr.options + ctx.attr.architectures,
        execution_requirements = {"block-network": "1"},
    )
    return [DefaultInfo(files = depset(outputs))]

pvpkg_packages = rule(
    implementation = _pvpkg_packages_impl,
    doc = "The unsigned packages of a project: NAME.ARCH.tgz.",
    attrs = {
        "lock": attr.label(mandatory = True, allow_single_file = True, doc = "pvpkg.lock.json, in the directory of the project"),
        "srcs": attr.label_list(mandatory = True, allow_files = True, doc = "pvpkg.json, and everything below pvpkg/"),
        "architectures": attr.string_list(mandatory = True, allow_empty = False, doc = "labels such as amd64, arm32v7"),
        "images": attr.label(mandatory = True, doc = "the layout: @NAME//:layout"),
        "pvpkg": attr.label(mandatory = True, doc = "the unpacked release of pvpkg"),
        "node": attr.string(default = "/usr/bin/node", doc = "Node 20.19 or newer"),
        "options": attr.string_list(doc = "further options of pvpkg build, such as --tier best"),
    },
)
