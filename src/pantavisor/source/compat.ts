/**
 * The version of pvr whose bytes a rendering reproduces: 036 (the public HEAD), 037 (its develop branch) or 046
 * (what newer binaries write), each with its mistakes. Without one, the order of lines is that of 046, and the
 * mistakes of docs/formats/pvr.md#mistakes-that-are-corrected are corrected.
 */
export type Compat = "036" | "037" | "046";

/** The differences between the versions. */
export interface RenderRules {
	/** The tmpfs line precedes the resolv.conf line. */
	readonly tmpfsFirst: boolean;
	/** `ovl:` volumes are overlay mounts; otherwise the scheme is part of a path. */
	readonly schemes: boolean;
	/** Quirk 13: the arguments of Cmd are joined without spaces, and lost if the Entrypoint is a string. */
	readonly gluedCommand: boolean;
	/** Values that liblxc trims or unquotes are written unchanged. */
	readonly bareValues: boolean;
	/** Quirks 15 and 16: `dm:` is written for the root volume if any root image has it, and never for others. */
	readonly looseVerity: boolean;
	/** Quirk 17: the number 0 switches a flag on. */
	readonly zeroIsTrue: boolean;
}

const PVR: RenderRules = {
	tmpfsFirst: false,
	schemes: true,
	gluedCommand: true,
	bareValues: true,
	looseVerity: true,
	zeroIsTrue: true,
};

const RULES: Readonly<Record<Compat, RenderRules>> = {
	"036": { ...PVR, schemes: false },
	"037": PVR,
	"046": { ...PVR, tmpfsFirst: true },
};

const CORRECTED: RenderRules = {
	tmpfsFirst: true,
	schemes: true,
	gluedCommand: false,
	bareValues: false,
	looseVerity: false,
	zeroIsTrue: false,
};

export function renderRules(compat: Compat | undefined): RenderRules {
	return compat === undefined ? CORRECTED : RULES[compat];
}
