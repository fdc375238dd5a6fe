import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import { type ImageTrust, parseImageKeys, parseImagePolicy } from "../internal.js";
import { UsageError } from "./errors.js";
import { readInput } from "./input-file.js";
import { inGroup } from "./option-group.js";
import { collect } from "./option-values.js";
import type { Session } from "./session.js";

/** Whom images have to be signed by. */
export interface ImageTrustFlags {
	readonly verifyImage?: readonly string[];
	/** A file; false with --no-image-policy. */
	readonly imagePolicy?: string | boolean;
}

/** Adds the options that decide which images are accepted. */
export function addImageTrustOptions(command: Command): Command {
	return inGroup(command, "Images and cache:", (group) =>
		group
			.option(
				"--verify-image <key>",
				"take only images that one of these public keys has signed, as cosign signs (PEM, repeatable)",
				collect,
			)
			.addOption(new Option("--image-policy <file>", "policy for images, instead of containers' policy.json"))
			.addOption(new Option("--no-image-policy", "take images regardless of policy.json")),
	);
}

/** Returns whom images have to be signed by; undefined where that is nobody. */
export function readImageTrust(session: Session, flags: ImageTrustFlags): ImageTrust | undefined {
	const keys = (flags.verifyImage ?? []).flatMap((path) =>
		parseImageKeys(Buffer.from(readInput(path)).toString("latin1"), path),
	);
	const path = policyPath(session, flags);
	if (path === undefined) return keys.length === 0 ? undefined : { keys };
	return { keys, policy: parseImagePolicy(readInput(path), path, readKeyFile) };
}

/**
 * Returns the path of the policy: the one of the flag, else the user's, else the machine's
 * (containers-policy.json(5)).
 */
function policyPath({ variables, home }: Session, { imagePolicy }: ImageTrustFlags): string | undefined {
	if (typeof imagePolicy === "string") return imagePolicy;
	if (imagePolicy === false) return undefined;
	const config = variables.XDG_CONFIG_HOME || (home && join(home, ".config"));
	const places = [...(config ? [join(config, "containers")] : []), "/etc/containers"];
	return places.map((directory) => join(directory, "policy.json")).find((path) => existsSync(path));
}

/** Like podman, refuses a relative path: it would mean another key in every directory. */
function readKeyFile(path: string): Uint8Array {
	if (resolve(path) === path) return readInput(path);
	throw new UsageError(`${path}: read public key: expected an absolute path in a policy`);
}
