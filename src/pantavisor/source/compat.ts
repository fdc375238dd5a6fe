/**
 * Whose bytes a rendering reproduces: pvr 036 (the public HEAD), 037 (its develop branch) or
 * 046 (what newer binaries write), each with its mistakes. Without one, the line order is
 * 046's and the mistakes of docs/formats/pvr.md#mistakes-that-are-corrected are corrected.
 */
export type Compat = "036" | "037" | "046";

/** What the versions do differently. */
export interface RenderRules {
	/** The tmpfs line stands before the resolv.conf line. */
	readonly tmpfsFirst: boolean;
	/** `ovl:` volumes are overlay mounts; without this the scheme is part of a path. */
	readonly schemes: boolean;
	/** Quirk 13: the arguments of Cmd are glued together, and lost beside a textual Entrypoint. */
	readonly gluedCommand: boolean;
	/** Values that liblxc trims or unquotes are written as they are. */
	readonly bareValues: boolean;
	/** Quirks 15 and 16: `dm:` on the root volume whichever root image has it, never on others. */
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
