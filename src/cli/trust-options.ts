import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { parseCertificates, parsePublicKeys, type Trust } from "../index.js";
import { readInput } from "./app-options.js";
import type { Session } from "./session.js";

export interface TrustFlags {
	readonly pubkey?: string;
	readonly cacerts?: string;
	/** False with --no-dates. */
	readonly dates: boolean;
}

export function addTrustOptions(command: Command): Command {
	return command
		.addOption(
			new Option("--pubkey <file>", "PEM public keys to believe, and no others").env("PVR_SIG_PUBKEY"),
		)
		.addOption(
			new Option("--cacerts <file>", "PEM authorities to believe (default: pvs/cacerts.default.pem)").env(
				"PVR_SIG_CACERTS",
			),
		)
		.option("--no-dates", "do not look at the dates of certificates, as devices do not");
}

/** Whom to believe; without keys and authorities, the keys that signatures bring along. */
export function readTrust({ configDirectory, terminal }: Session, flags: TrustFlags): Trust {
	const time = flags.dates ? Date.now() : undefined;
	if (flags.pubkey !== undefined) {
		return { publicKeys: parsePublicKeys(readInput(flags.pubkey), flags.pubkey), time };
	}
	const standard = configDirectory && join(configDirectory, "pvs", "cacerts.default.pem");
	const path = flags.cacerts ?? (standard && existsSync(standard) ? standard : undefined);
	if (path !== undefined) return { authorities: parseCertificates(readInput(path), path), time };
	terminal.warn("no authorities are known (--cacerts, --pubkey): signatures prove integrity, not who signed");
	return { embedded: true, time };
}
