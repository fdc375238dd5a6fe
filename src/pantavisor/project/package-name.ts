import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";
import { ReleaseError } from "./errors.js";

/** Templates by name: container-ci's with dashes, and that of GitLab's generic packages with dots. */
const NAME_TEMPLATES: Readonly<Record<string, string>> = {
	"container-ci": "$PACKAGE_NAME-$PACKAGE_VERSION-$BUILD_VERSION.$ARCH.tgz",
	gitlab: "$PACKAGE_NAME.$PACKAGE_VERSION.$ARCH.tgz",
};

/** The values for a template. A missing one is an error only if the template uses it. */
export interface PackageNameParts {
	readonly PACKAGE_NAME: string | undefined;
	readonly PACKAGE_VERSION: string | undefined;
	readonly BUILD_VERSION: string | undefined;
	readonly ARCH: string;
}

const HINTS: Readonly<Record<string, string>> = {
	PACKAGE_NAME: 'expected "name" in pvpkg.json, --package-name or PACKAGE_NAME',
	PACKAGE_VERSION: 'expected "version" in pvpkg.json, --package-version or PACKAGE_VERSION',
	BUILD_VERSION: "expected a git checkout with a commit, --build-version or BUILD_VERSION",
	ARCH: "expected an architecture label",
};

/**
 * Fills `$PART` and `${PART}` in a template, or in the preset of that name.
 * @returns a file name: no slash, no control character, not `.` or `..`.
 * @throws ReleaseError ERR_RELEASE_NAME naming the part that is missing or cannot be in a file name.
 */
export function formatPackageName(template: string, parts: PackageNameParts): string {
	const text = Object.hasOwn(NAME_TEMPLATES, template) ? NAME_TEMPLATES[template]! : template;
	const name = text.replace(/\$(?:\{([^{}]*)\}|([A-Z_]+))/g, (_, braced?: string, bare?: string) =>
		partValue(braced ?? bare ?? "", parts),
	);
	if (/^[^/\x00-\x1f\x7f]{1,255}$/.test(name) && name !== "." && name !== "..") return name;
	const places = "pvpkg.json, variables, --name-template";
	throw new ReleaseError(
		"ERR_RELEASE_NAME",
		`package name: expected a file name without a directory, got ${JSON.stringify(name)} (from ${places})`,
	);
}

function partValue(key: string, parts: PackageNameParts): string {
	const hint = Object.hasOwn(HINTS, key) ? HINTS[key] : undefined;
	if (hint === undefined) {
		const known = Object.keys(HINTS).join(", ");
		throw new ReleaseError("ERR_RELEASE_NAME", `$${key}: name template: unknown, expected one of ${known}`);
	}
	const value = parts[key as keyof PackageNameParts];
	if (value) return value;
	throw new ReleaseError("ERR_RELEASE_NAME", `${key}: package name: no value, ${hint}`);
}

/** What git reports about a checkout; members are absent if git does not know them. */
export interface GitFacts {
	/** Output of `git describe --tags --long`. */
	readonly describe?: string | undefined;
	/** Commits reachable from HEAD. */
	readonly count?: string | undefined;
	readonly shortRevision?: string | undefined;
	/** Whether the clone is shallow, so that the count ends where its history was cut off. */
	readonly isCutOff?: boolean | undefined;
	/** Git's own message, if it reported an error. */
	readonly problem?: string | undefined;
}

/**
 * Returns container-ci's BUILD_VERSION: the tail of `git describe --long` (`0-g7ab223a`), or `0-COUNT-gSHORTREV` if
 * no tag is reachable; undefined without git.
 * @throws ReleaseError ERR_RELEASE_NAME for a shallow clone, in which the same commit would have another name, and
 *   for a checkout that git refuses.
 */
export function formatBuildVersion(git: GitFacts): string | undefined {
	if (git.isCutOff)
		throw noBuildVersion("the clone is shallow, and its history ends before a tag", SHALLOW_HINT);
	const tail = git.describe?.match(/-(\d+-g[0-9a-f]+)$/)?.[1];
	if (tail !== undefined) return tail;
	if (git.count !== undefined && git.shortRevision !== undefined)
		return `0-${git.count}-g${git.shortRevision}`;
	if (git.problem === undefined) return undefined;
	throw noBuildVersion(`git says "${displayByteString(utf8ByteString(git.problem))}"`, HINTS.BUILD_VERSION!);
}

const SHALLOW_HINT =
	"expected the whole history (GIT_DEPTH: 0 in GitLab CI, fetch-depth: 0 in GitHub Actions, git fetch --unshallow), --build-version or BUILD_VERSION";

function noBuildVersion(reason: string, hint: string): ReleaseError {
	return new ReleaseError("ERR_RELEASE_NAME", `BUILD_VERSION: package name: ${reason}, ${hint}`);
}
