import type { Command } from "commander";
import { type Finding, readSquashfs, type VerifyReport, verifyPackage } from "../../index.js";
import { action, createCommand } from "../command.js";
import { VerificationError } from "../errors.js";
import { withPackageInput } from "../package-input.js";
import { addPackageOptions, type PackageFlags } from "../package-options.js";
import { formatBytes } from "../terminal.js";
import { addTrustOptions, readTrust, type TrustFlags } from "../trust-options.js";

interface VerifyFlags extends TrustFlags, PackageFlags {
	readonly strict?: boolean;
}

export function verifyCommand(): Command {
	const command = createCommand(
		"verify",
		"Check a package, checkout or state: form, every object, images, signatures, what they cover.",
		"pvpkg verify out/web.amd64.tgz --cacerts cacerts.pem",
	)
		.argument("<package>", "package file, checkout directory, or state .json")
		.option("--strict", "every key, #spec too, must be covered or excluded, as strict secure boot demands");
	return addPackageOptions(addTrustOptions(command)).action(
		action(async (session, flags: VerifyFlags, path: string) => {
			const trust = readTrust(session, flags);
			const { strict } = flags;
			const report = await withPackageInput(path, session, flags, (input) =>
				verifyPackage(input, { trust, strict, checkImage: readImageThrough }),
			);
			session.terminal.result(formatReport(path, report), { path, ...plainReport(report) });
			if (report.ok) return;
			const errors = report.findings.filter(({ severity }) => severity === "error").length;
			throw new VerificationError(`${path}: verify: failed, ${errors} ${errors === 1 ? "error" : "errors"}`);
		}),
	);
}

/** Every byte of every file of a squashfs, as the kernel will ask for them. */
async function readImageThrough(image: Parameters<typeof readSquashfs>[0]): Promise<void> {
	for await (const entry of readSquashfs(image)) {
		for await (const _ of entry.body);
	}
}

function formatReport(path: string, report: VerifyReport): string {
	const { findings, signatures, coverage, objects, bytes } = report;
	const lines = [
		...findings.map(formatFinding),
		...signatures.map(({ key, error }) => `${error ? "BAD " : "good"} signature ${key}`),
		`${coverage.protected.length} keys protected, ${coverage.excluded.length} excluded, ${coverage.notseen.length} not seen`,
		`${path}: ${report.ok ? "sound" : "not sound"}: ${objects} objects, ${formatBytes(bytes)}`,
	];
	return lines.join("\n");
}

function formatFinding({ severity, code, subject, message }: Finding): string {
	return `${severity}: ${subject}: ${message} [${code}]`;
}

function plainReport({ signatures, ...report }: VerifyReport): object {
	return {
		...report,
		signatures: signatures.map(({ key, error }) => ({ key, ok: !error, error: error?.message })),
	};
}
