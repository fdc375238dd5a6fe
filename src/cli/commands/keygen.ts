import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { BytesError, generateDevelopmentKeys, makeDirectory, PendingFile } from "../../internal.js";
import { action, createCommand } from "../command.js";
import { InputError, UsageError } from "../errors.js";

interface KeygenFlags {
	readonly name: string;
	readonly bits: "2048" | "3072" | "4096";
	readonly days: string;
}

const DAY = 24 * 3600 * 1000;

export function keygenCommand(): Command {
	return createCommand(
		"keygen",
		"Make a development CA, a signing key and its certificate in the settings directory.",
		"PVR_CONFIG_DIR=keys pvpkg keygen --name ci-2026",
	)
		.option("--name <name>", "common name of the signing certificate", "pvpkg-developer")
		.addOption(
			new Option("--bits <n>", "size of the RSA key").choices(["2048", "3072", "4096"]).default("2048"),
		)
		.option("--days <n>", "how long the certificates are valid", "3650")
		.action(
			action(async ({ terminal, configDirectory }, { name, bits, days }: KeygenFlags) => {
				if (configDirectory === undefined) {
					throw new UsageError("settings directory: find: no home, expected PVR_CONFIG_DIR or --config-dir");
				}
				if (!/^[1-9]\d{0,4}$/.test(days)) throw new UsageError(`--days: expected 1..99999, got ${days}`);
				const directory = join(configDirectory, "pvs");
				const files = (["key", "x5c", "cacerts"] as const).map((kind) =>
					join(directory, `${kind}.default.pem`),
				);
				const taken = files.find((path) => existsSync(path));
				if (taken !== undefined)
					throw new InputError(
						`${taken}: make key: already exists, and is kept (--config-dir makes one elsewhere)`,
					);
				const now = Date.now();
				const keys = await generateDevelopmentKeys({
					commonName: name,
					authorityName: `${name} CA`,
					notBefore: new Date(now - DAY),
					notAfter: new Date(now + Number(days) * DAY),
					bits: Number(bits),
				});
				writeTogether(directory, files, [keys.key, keys.chain, keys.authority]);
				terminal.info("these are for development: the private key of their authority was not kept");
				terminal.report<"keygen">(files.join("\n"), { files });
			}),
		);
}

/** All files, or none; the first is private. */
function writeTogether(directory: string, paths: readonly string[], texts: readonly string[]): void {
	try {
		makeDirectory(directory, 0o700);
	} catch (cause) {
		throw BytesError.fromSystem(directory, "create", cause);
	}
	const pending = paths.map((path, i) => PendingFile.create(path, { mode: i === 0 ? 0o600 : 0o644 }));
	try {
		for (const [i, file] of pending.entries()) file.write(Buffer.from(texts[i]!), 0);
		for (const file of pending) file.commit();
	} finally {
		for (const file of pending) file.discard();
	}
}
