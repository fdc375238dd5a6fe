import type { Platform } from "../../image/oci/index.js";
import { ReleaseError } from "./errors.js";

/** Folder and file names of architectures, as container-ci made them (design part 4). */
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

/** All labels, in the order in which they are listed to people. */
export const ARCH_LABELS: readonly ArchLabel[] = Object.keys(PLATFORMS) as ArchLabel[];

/** Variants that mean the same as the label's own spelling. */
const SAME_VARIANT: Readonly<Record<string, string | undefined>> = {
	"arm/": "v6",
	"arm64/v8": undefined,
	"amd64/v1": undefined,
};

/** The label of a platform, if there is one; bare `linux/arm` is arm32v6. */
export function findLabel({ os, architecture, variant }: Platform): ArchLabel | undefined {
	const key = `${architecture}/${variant ?? ""}`;
	const spelled = Object.hasOwn(SAME_VARIANT, key) ? SAME_VARIANT[key] : variant;
	return ARCH_LABELS.find((name) => {
		const known = PLATFORMS[name];
		return known.os === os && known.architecture === architecture && known.variant === spelled;
	});
}

/**
 * The label of a platform.
 * @throws ReleaseError ERR_RELEASE_LABEL when there is none.
 */
export function platformLabel(platform: Platform): ArchLabel {
	const label = findLabel(platform);
	if (label !== undefined) return label;
	const text = [platform.os, platform.architecture, platform.variant].filter(Boolean).join("/");
	throw new ReleaseError(
		"ERR_RELEASE_LABEL",
		`${text}: label: no architecture label, expected the platform of ${ARCH_LABELS.join(", ")}`,
	);
}

/**
 * The label that a text names.
 * @throws ReleaseError ERR_RELEASE_LABEL when it names none.
 */
export function parseLabel(text: string): ArchLabel {
	if (Object.hasOwn(PLATFORMS, text)) return text as ArchLabel;
	throw new ReleaseError(
		"ERR_RELEASE_LABEL",
		`${text}: label: unknown architecture, expected one of ${ARCH_LABELS.join(", ")}`,
	);
}

export function labelPlatform(label: ArchLabel): Platform {
	return PLATFORMS[label];
}
