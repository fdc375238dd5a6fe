import { type Finder, finder, type RuleTable } from "../ground/findings/index.js";

type ImageRule =
	| "IMAGE_PLATFORM"
	| "IMAGE_LAYER"
	| "IMAGE_PROGRAM"
	| "IMAGE_FORMAT"
	| "SOURCE_MEMBER"
	| "ARGUMENT";

/** Findings of making a container that the package no longer shows. */
export const IMAGE_RULES: RuleTable<ImageRule> = {
	IMAGE_PLATFORM: {
		severity: "warning",
		reason: "the image is not exactly of the platform that was asked for",
		remedy: "ask for a platform that the image has, or forbid substitutes by --platform-policy exact",
	},
	IMAGE_LAYER: {
		severity: "warning",
		reason: "a layer has an entry that reaches the device in another form, or not at all",
		remedy: "build the layer without it",
	},
	IMAGE_PROGRAM: {
		severity: "warning",
		reason: "the program that the container starts is not there, or of another architecture",
		remedy: "set the image's Entrypoint and Cmd, or --config, to a program that the image has",
	},
	IMAGE_FORMAT: {
		severity: "warning",
		reason: "squashfs cannot hold something of the tree, and leaves it out",
		remedy: "build the image without it",
	},
	SOURCE_MEMBER: {
		severity: "warning",
		reason: "src.json has a member that nothing reads",
		remedy: "correct its name, or remove it",
	},
	ARGUMENT: {
		severity: "warning",
		reason: "a template argument has no effect, or another one than it seems to have",
		remedy: "see 'pvpkg explain' for what every argument becomes",
	},
};

export const found: Finder<ImageRule> = finder(IMAGE_RULES);
