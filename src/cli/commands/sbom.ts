import type { Command } from "commander";
import {
	type ComponentChange,
	type ContentsListing,
	type ContentsRequest,
	compareContents,
	listContents,
	makeSbom,
	type SbomComparison,
	type SbomFormat,
	writeFileAtomically,
} from "../../internal.js";
import { action, createCommand, parsePath } from "../command.js";
import { UsageError } from "../errors.js";
import { addImageOptions, type ImageFlags } from "../image-options.js";
import { addPackageOptions, type PackageFlags } from "../package-options.js";
import { parseOnePlatform } from "../platform-options.js";
import { parseSbomFormat, thisTool } from "../sbom-options.js";
import type { Session } from "../session.js";
import { withProgress } from "../settings.js";
import { formatTable } from "../terminal.js";

interface SbomFlags extends ImageFlags, PackageFlags {
	readonly format?: SbomFormat;
	readonly output?: string;
	readonly list?: boolean;
	readonly platform?: string;
}

const PLACE_HELP =
	"package, checkout, squashfs file or directory; or an image with a prefix: docker://HOST/NAME, oci:DIR, dir:DIR, tar:FILE";

export function sbomCommand(): Command {
	const command = createCommand(
		"sbom",
		"Report what is inside a package, an image or a root file system, as SPDX or CycloneDX.",
		"pvpkg sbom out/web.amd64.tgz -o web.spdx.json\npvpkg sbom out/web.amd64.tgz --list\npvpkg sbom diff old/web.amd64.tgz new/web.amd64.tgz",
	)
		.argument("<what>", `${PLACE_HELP}; with --list an SBOM too`)
		.option("--format <format>", "spdx-json (default) or cyclonedx-json", parseSbomFormat)
		.option("--list", "print a table instead of a document")
		.option("-o, --output <file|->", "file to write (default: -)", parsePath);
	return addContentsOptions(command)
		.enablePositionalOptions()
		.addCommand(diffCommand())
		.action(
			action((session, flags: SbomFlags, place: string) =>
				flags.list ? printList(session, flags, place) : printDocument(session, flags, place),
			),
		);
}

function addContentsOptions(command: Command): Command {
	return addPackageOptions(addImageOptions(command)).option(
		"-p, --platform <os/arch[/variant]>",
		"platform of an image that has several",
	);
}

function diffCommand(): Command {
	const command = createCommand(
		"diff",
		"Compare what is inside two packages or images: packages added, removed, and with other versions.",
		"pvpkg sbom diff old/web.amd64.tgz new/web.amd64.tgz\npvpkg sbom diff web-1.spdx.json web-2.spdx.json",
	)
		.argument("<old>", `${PLACE_HELP}; or an SBOM`)
		.argument("<new>", "the same");
	return addContentsOptions(command).action(
		action(async (session, flags: SbomFlags, ...places: [string, string]) => {
			const [before, after] = await withProgress(session, flags, async (settings) => [
				await listContents(requestOf(flags, places[0]), settings),
				await listContents(requestOf(flags, places[1]), settings),
			]);
			warnIncomplete(session, before!);
			warnIncomplete(session, after!);
			const comparison = await compareContents(before!, after!);
			session.terminal.result<"sbom diff">(formatComparison(comparison), { ...comparison });
		}),
	);
}

async function printDocument(session: Session, flags: SbomFlags, place: string): Promise<void> {
	const { format = "spdx-json", output = "-" } = flags;
	const text = await withProgress(session, flags, (settings) =>
		makeSbom(requestOf(flags, place), format, settings),
	);
	if (output === "-") {
		session.terminal.result<"sbom">(text, { format, document: JSON.parse(text) });
	} else {
		writeFileAtomically(output, Buffer.from(text, "utf8"), { output: {} });
		session.terminal.report<"sbom">("", { format, path: output });
	}
}

async function printList(session: Session, flags: SbomFlags, place: string): Promise<void> {
	const unwanted = flags.format ? "format" : flags.output ? "output" : undefined;
	if (unwanted !== undefined) throw new UsageError(`--${unwanted}: expected a document, got --list`);
	const listing = await withProgress(session, flags, (settings) =>
		listContents(requestOf(flags, place), settings),
	);
	warnIncomplete(session, listing);
	const rows = listing.components.map(({ type, name, version, arch, licence = "", path = "" }) => [
		type,
		name,
		version,
		arch,
		licence,
		path,
	]);
	const table = formatTable([["TYPE", "NAME", "VERSION", "ARCH", "LICENCE", "FROM"], ...rows]);
	const text = rows.length === 0 ? `${place}: no packages found: ${whyNone(listing)}` : table;
	session.terminal.result<"sbom">(text, { ...listing });
}

function whyNone({ incomplete }: ContentsListing): string {
	if (incomplete.length > 0) return "the warnings name what could not be read";
	return "it has no database of dpkg, opkg, apk or rpm, no packages of Node or Python, and no Go or Rust program that names its modules";
}

function requestOf(flags: SbomFlags, place: string): ContentsRequest {
	return {
		place,
		platform: flags.platform === undefined ? undefined : parseOnePlatform(flags.platform),
		maximumUnpacked: flags.maxUnpacked,
		tool: thisTool(),
	};
}

function warnIncomplete({ terminal }: Session, { incomplete }: ContentsListing): void {
	for (const note of incomplete) terminal.warn(note);
}

function formatComparison({ added, removed, changed, same }: SbomComparison): string {
	const line = (mark: string) => (one: ComponentChange) => [mark, one.type, one.name, formatChange(one)];
	const rows = [...added.map(line("+")), ...removed.map(line("-")), ...changed.map(line("~"))];
	const total = `${added.length} added, ${removed.length} removed, ${changed.length} changed, ${same} the same`;
	return rows.length === 0 ? total : `${formatTable(rows)}\n${total}`;
}

function formatChange({ before, after }: ComponentChange): string {
	if (before.length === 0) return after.join(" ");
	return after.length === 0 ? before.join(" ") : `${before.join(" ")} -> ${after.join(" ")}`;
}
