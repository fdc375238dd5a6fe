import { displayByteString, utf8ByteString } from "../../ground/bytes/index.js";
import { formatPlatform, type Platform, parsePlatform, platformKey } from "../../image/oci/index.js";
import { ReleaseError } from "./errors.js";

/** Names of architectures in folders and files, as container-ci introduced them. */
export type ArchLabel =
	| "amd64"
	| "arm32v5"
	| "arm32v6"
	| "arm32v7"
	| "arm64v8"
	| "i386"
	| "mips"
	| "mipsle"
	| "mips64le"
	| "ppc64le"
	| "riscv64"
	| "s390x";

const PLATFORMS: Readonly<Record<ArchLabel, Platform>> = {
	amd64: { os: "linux", architecture: "amd64" },
	arm32v5: { os: "linux", architecture: "arm", variant: "v5" },
	arm32v6: { os: "linux", architecture: "arm", variant: "v6" },
	arm32v7: { os: "linux", architecture: "arm", variant: "v7" },
	arm64v8: { os: "linux", architecture: "arm64" },
	i386: { os: "linux", architecture: "386" },
	mips: { os: "linux", architecture: "mips" },
	mipsle: { os: "linux", architecture: "mipsle" },
	mips64le: { os: "linux", architecture: "mips64le" },
	ppc64le: { os: "linux", architecture: "ppc64le" },
	riscv64: { os: "linux", architecture: "riscv64" },
	s390x: { os: "linux", architecture: "s390x" },
};

/** All labels, in the order in which lists show them. */
export const ARCH_LABELS: readonly ArchLabel[] = Object.keys(PLATFORMS) as ArchLabel[];

const BY_PLATFORM: ReadonlyMap<string, ArchLabel> = new Map(
	ARCH_LABELS.map((label) => [platformKey(PLATFORMS[label]), label]),
);

/** Returns the label of a platform, if there is one. `linux/arm` without a variant is arm32v6. */
export function findLabel(platform: Platform): ArchLabel | undefined {
	return BY_PLATFORM.get(platformKey(platform));
}

/**
 * Returns the label of a platform.
 * @throws ReleaseError ERR_RELEASE_LABEL when there is none.
 */
export function platformLabel(platform: Platform): ArchLabel {
	const label = findLabel(platform);
	if (label !== undefined) return label;
	const text = formatPlatform(platform);
	throw new ReleaseError(
		"ERR_RELEASE_LABEL",
		`${text}: label: no architecture label, expected the platform of ${ARCH_LABELS.join(", ")}`,
	);
}

/**
 * Returns the labels of platforms, in their order.
 * @throws ReleaseError ERR_RELEASE_LABEL when there is none, or when two platforms have the same one, as their
 *   packages would have the same name.
 */
export function distinctLabels(platforms: readonly Platform[]): ArchLabel[] {
	const labels = platforms.map(platformLabel);
	const second = labels.findIndex((label, at) => labels.indexOf(label) !== at);
	if (second < 0) return labels;
	const label = labels[second]!;
	const names = [platforms[labels.indexOf(label)]!, platforms[second]!].map(formatPlatform).join(" and ");
	const reason = `${names} both make ${label}, expected one of them`;
	throw new ReleaseError("ERR_RELEASE_LABEL", `platforms: label: ${reason}`);
}

/**
 * Parses a platform as people write it: `os/arch[/variant]`, a label such as arm32v7, or an architecture of linux.
 * @throws OciError ERR_PLATFORM
 */
export function parsePlatformWord(word: string): Platform {
	return parsePlatform(word.includes("/") ? word : `linux/${word}`);
}

/**
 * Parses a label, in any spelling of its platform: `arm64v8`, `arm64`, `linux/arm64/v8`.
 * @throws ReleaseError ERR_RELEASE_LABEL for any other string.
 */
export function parseLabel(text: string): ArchLabel {
	const label = /^[\w./-]+$/.test(text) ? tryLabel(text) : undefined;
	if (label !== undefined) return label;
	throw new ReleaseError(
		"ERR_RELEASE_LABEL",
		`${displayByteString(utf8ByteString(text.slice(0, 100)))}: label: unknown architecture, expected one of ${ARCH_LABELS.join(", ")}`,
	);
}

/**
 * Returns the labels of a project: the names below `pvpkg/` that are labels, in the order of all labels.
 * @param holdsSource returns whether a directory contains `NAME/src.json`.
 * @throws ReleaseError ERR_RELEASE_LABEL for a directory with sources whose name is not a label, as every build
 *   would leave it out.
 */
export function projectLabels(
	names: readonly string[],
	path: string,
	holdsSource: (name: string) => boolean,
): ArchLabel[] {
	const stranger = names.find((name) => !Object.hasOwn(PLATFORMS, name) && holdsSource(name));
	if (stranger !== undefined) {
		const meant = tryLabel(stranger);
		const expected =
			meant === undefined ? `expected one of ${ARCH_LABELS.join(", ")}` : `rename it to ${meant}`;
		const shown = displayByteString(utf8ByteString(stranger));
		throw new ReleaseError("ERR_RELEASE_LABEL", `${path}/${shown}: label: unknown architecture, ${expected}`);
	}
	return ARCH_LABELS.filter((label) => names.includes(label));
}

function tryLabel(text: string): ArchLabel | undefined {
	try {
		return findLabel(parsePlatformWord(text));
	} catch {
		return undefined;
	}
}

export function labelPlatform(label: ArchLabel): Platform {
	return PLATFORMS[label];
}
