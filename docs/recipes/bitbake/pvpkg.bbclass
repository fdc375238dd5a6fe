# Packages of Pantavisor containers in a Yocto build: fetched in do_fetch, built without the network in do_compile.
#
#   inherit pvpkg
#   PVPKG_PROJECT = "${THISDIR}/files"      a project with pvpkg.json, pvpkg/ and pvpkg.lock.json
#   PVPKG_ARCH = "arm32v7"                  labels; default: all of the project
#
# No key is an input of a task: packages are signed after the build (see README.md).

PVPKG ?= "pvpkg"
PVPKG_PROJECT ?= "${THISDIR}/files"
PVPKG_ARCH ?= ""
PVPKG_VERSION ?= "${PV}"
# Where the images lie between do_fetch and do_compile; as a function of the lock it may be shared.
PVPKG_IMAGES ?= "${WORKDIR}/pvpkg-images"

# A changed lock fetches and builds again.
do_fetch[file-checksums] += "${PVPKG_PROJECT}/pvpkg.lock.json:True"
do_compile[file-checksums] += "${PVPKG_PROJECT}/pvpkg.json:True ${PVPKG_PROJECT}/pvpkg:True"
do_fetch[network] = "1"
do_compile[network] = "0"
do_fetch[cleandirs] += "${PVPKG_IMAGES}"

# Keys of the developer who runs BitBake do not reach a task.
PVR_SIG_KEY[unexport] = "1"
PVR_X5C_PATH[unexport] = "1"
PVPKG_CACHE_KEY[unexport] = "1"

def pvpkg_run(d, arguments, cwd):
    """Runs pvpkg with an environment of its own: no key, no home, no cache of anybody."""
    import os
    import subprocess
    variables = {name: os.environ[name] for name in
                 ("PATH", "http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE",
                  # fakeroot and pseudo show owners through these.
                  "LD_PRELOAD", "LD_LIBRARY_PATH", "FAKEROOTKEY", "PSEUDO_PREFIX", "PSEUDO_LOCALSTATEDIR",
                  "PSEUDO_BINDIR", "PSEUDO_LIBDIR", "PSEUDO_DISABLED")
                 if name in os.environ}
    variables["BUILD_VERSION"] = d.getVar("PVPKG_VERSION")
    epoch = d.getVar("SOURCE_DATE_EPOCH")
    if epoch:
        variables["SOURCE_DATE_EPOCH"] = epoch
    command = d.getVar("PVPKG").split() + arguments + ["--no-cache", "--progress", "none"]
    done = subprocess.run(command, cwd=cwd, env=variables, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        bb.fatal("%s: exit %d: %s" % (" ".join(command), done.returncode, done.stderr))

python do_fetch() {
    lock = os.path.join(d.getVar("PVPKG_PROJECT"), "pvpkg.lock.json")
    pvpkg_run(d, ["fetch", "--lock", lock, "-o", d.getVar("PVPKG_IMAGES")], None)
}

python do_compile() {
    import shutil
    project = os.path.join(d.getVar("B"), "project")
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(d.getVar("PVPKG_PROJECT"), project, symlinks=True)
    # Packages of an earlier build by hand are not of this one.
    shutil.rmtree(os.path.join(project, "releases"), ignore_errors=True)
    labels = (d.getVar("PVPKG_ARCH") or "").split()
    pvpkg_run(d, ["build"] + labels + ["--frozen", "--from", d.getVar("PVPKG_IMAGES"), "--no-sign"], project)
}

python do_install() {
    import glob
    import shutil
    target = d.getVar("D") + "/pvpkg"
    os.makedirs(target, exist_ok=True)
    for path in sorted(glob.glob(d.getVar("B") + "/project/releases/*.tgz")):
        shutil.copy(path, target)
}
