/** The release tarball of pvpkg that a project keeps, and what it has to be. */
export interface PinnedProgram {
	/** Path of the tarball from the project's directory. */
	readonly tarball: string;
	/** Lower-case hex. */
	readonly sha256: string;
}

/** A file that a template writes. */
export interface TemplateFile {
	readonly path: string;
	readonly text: string;
	/** Whether it is a program. */
	readonly executable?: boolean;
}

export type CiTemplate = "container-ci" | "github" | "gitlab";

/** Checks the tarball and installs it, without the network: a release has no dependencies to fetch. */
function installLines({ tarball, sha256 }: PinnedProgram): string[] {
	return [`echo "${sha256}  ${tarball}" | sha256sum -c -`, `npm install --global --offline "./${tarball}"`];
}

function gitlab(program: PinnedProgram): TemplateFile[] {
	const text = `# Builds the packages of this project. The signing key is a protected file variable PVR_SIG_KEY, its
# certificates PVR_X5C_PATH; PVPKG_CACHE_KEY (protected, masked) says which cache entries are our own.
.pvpkg:
  image: node:22
  variables:
    GIT_DEPTH: 0 # The build version counts commits since the last tag.
    PVPKG_CACHE_DIR: $CI_PROJECT_DIR/.pvpkg-cache
  cache:
    key: pvpkg-$CI_COMMIT_REF_PROTECTED
    paths: [.pvpkg-cache]
  before_script:
${installLines(program)
	.map((line) => `    - ${line}`)
	.join("\n")}

fetch:
  extends: .pvpkg
  script:
    - pvpkg fetch -o images
  artifacts:
    paths: [images]
    expire_in: 1 day

package:
  extends: .pvpkg
  needs: [fetch]
  script:
    - pvpkg build --frozen --from images --sbom spdx-json
    - pvpkg verify releases/*.tgz
  artifacts:
    paths: [releases/*.tgz, releases/*.json]
`;
	return [{ path: ".gitlab-ci.yml", text }];
}

function github(program: PinnedProgram): TemplateFile[] {
	const text = `# Builds the packages of this project. The signing key and its certificates are secrets; PVPKG_CACHE_KEY
# says which cache entries are our own.
name: packages
on:
  push:
  pull_request:
permissions:
  contents: read
jobs:
  package:
    runs-on: ubuntu-latest
    env:
      PVPKG_CACHE_DIR: \${{ github.workspace }}/.pvpkg-cache
      PVPKG_CACHE_KEY: \${{ secrets.PVPKG_CACHE_KEY }}
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0 # The build version counts commits since the last tag.
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - uses: actions/cache@v4
        with:
          path: .pvpkg-cache
          key: pvpkg-\${{ hashFiles('pvpkg.lock.json') }}
          restore-keys: pvpkg-
      - name: Install pvpkg
        run: |
${installLines(program)
	.map((line) => `          ${line}`)
	.join("\n")}
      - name: Build
        env:
          SIGNING_KEY: \${{ secrets.PVR_SIG_KEY }}
          SIGNING_CERTIFICATES: \${{ secrets.PVR_X5C }}
        run: |
          install -m 600 /dev/null key.pem
          printf '%s\\n' "$SIGNING_KEY" > key.pem
          printf '%s\\n' "$SIGNING_CERTIFICATES" > x5c.pem
          trap 'rm -f key.pem x5c.pem' EXIT
          pvpkg build --locked --key key.pem --x5c x5c.pem --sbom spdx-json
      - uses: actions/upload-artifact@v4
        with:
          name: packages
          path: releases/*.tgz*
`;
	return [{ path: ".github/workflows/packages.yml", text }];
}

/** Two files under the names of container-ci's own, so that its lines in a pipeline stay as they are. */
function containerCi(program: PinnedProgram): TemplateFile[] {
	const script = (command: string): string => `#!/bin/sh
# Runs the pinned pvpkg in place of container-ci's ${command}.
set -eu
project=$(cd "$(dirname "$0")/.." && pwd)
sha256=${program.sha256}
place=\${PVPKG_PREFIX:-"$project/.pvpkg"}
prefix=$place/$sha256
command -v sha256sum >/dev/null || sha256sum() { shasum -a 256 "$@"; } # as macOS has it
if [ ! -x "$prefix/bin/${command}" ]; then
	echo "$sha256  $project/${program.tarball}" | sha256sum -c - >/dev/null
	mkdir -p "$place"
	printf '*\\n' > "$place/.gitignore" # The installed program is not part of the project.
	npm install --silent --global --offline --prefix "$prefix" "$project/${program.tarball}"
fi
exec "$prefix/bin/${command}" "$@"
`;
	return ["pvpkg_install", "build_exports"].map((name) => {
		return { path: `container-ci/${name}`, text: script(name), executable: true };
	});
}

/** What `pvpkg ci init` can write. */
export const CI_TEMPLATES: Readonly<Record<CiTemplate, (program: PinnedProgram) => TemplateFile[]>> = {
	"container-ci": containerCi,
	github,
	gitlab,
};
