import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { wholeProgram } from "../../src/cli/program.js";
import { listCommands, optionsOf } from "../../src/cli/reference.js";

const PAGE = "docs/man/pvpkg.1";
/** Set this variable to write the page instead of comparing it. */
const WRITES = process.env.PVPKG_WRITE_DOCS === "1";

/** Text for roff: backslashes, hyphens that are typed, and a dot or quote at the beginning of a line. */
function roff(text: string): string {
	const escaped = text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
	return escaped.replaceAll(/^([.'])/gm, "\\&$1");
}

const sentence = (text: string): string => roff(text.replaceAll(/\s+/g, " "));
const entries = listCommands(await wholeProgram());
const commands = entries.flatMap(({ words, command }) => {
	const help = command.createHelp();
	const args = help.visibleArguments(command).flatMap((argument) => {
		return [".TP", `.I ${roff(help.argumentTerm(argument))}`, sentence(help.argumentDescription(argument))];
	});
	const options = optionsOf(command).flatMap((option) => {
		return [".TP", `.B ${roff(option.flags)}`, sentence(help.optionDescription(option))];
	});
	return [`.SS pvpkg ${roff(words)}`, sentence(command.description()), ...args, ...options];
});

const page = `${[
	'.\\" Made from the commands themselves; see docs/commands.',
	".TH PVPKG 1",
	".SH NAME",
	"pvpkg \\- signed Pantavisor packages from container images",
	".SH SYNOPSIS",
	".B pvpkg",
	".I command",
	".RI [ options ]",
	".SH DESCRIPTION",
	"pvpkg pulls an image, writes its root file system as squashfs, makes the configuration of the container and the",
	"signature, and leaves a package that a Pantavisor device installs, for every platform at once.",
	".SH COMMANDS",
	...commands,
	".SH EXIT STATUS",
	"0 done, 1 a defect of pvpkg, 2 usage, 3 bad input, 4 not found or no access, 5 verification failed,",
	"6 network or disk, 130 interrupted.",
	".SH FILES",
	".TP",
	".I ~/.pvr",
	"Keys and settings, unless",
	".B PVR_CONFIG_DIR",
	"names another directory.",
	".TP",
	".I ~/.cache/pvpkg",
	"The cache, unless",
	".B PVPKG_CACHE_DIR",
	"names another directory.",
].join("\n")}\n`;

test("docs/man/pvpkg.1 has every command and option", () => {
	if (WRITES) {
		mkdirSync("docs/man", { recursive: true });
		writeFileSync(PAGE, page);
	}
	expect(readFileSync(PAGE, "utf8")).toBe(page);
});
