import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { JsonObject, JsonValue } from "../../src/ground/json/index.js";
import { explainPart } from "../../src/pantavisor/lxc/index.js";
import {
	ARGUMENTS,
	MEMBER_NOTES,
	parseArgument,
	type SourceManifest,
	sourceManifestSchema,
} from "../../src/pantavisor/source/index.js";

const PAGE = "docs/src-json.md";
/** Set this variable to write the page instead of comparing it. */
const WRITES = process.env.PVPKG_WRITE_DOCS === "1";

/** What an image says, so that every line has something to come from. */
const IMAGE: JsonObject = new Map<string, JsonValue>([
	["Entrypoint", ["/bin/app"]],
	["Cmd", ["--port", "80"]],
	["Env", ["PATH=/bin"]],
	["WorkingDir", "/srv"],
	["User", "1000:1000"],
	["StopSignal", "SIGTERM"],
	["Volumes", new Map([["/data", new Map()]])],
]);
/** Arguments that decide something only beside others. */
const COMPANIONS: readonly (readonly [RegExp, string, string])[] = [
	[/^PV_AUTO_RECOVERY_(?!POLICY)./, "PV_AUTO_RECOVERY_POLICY", "on-failure"],
	[/^PV_LXC_NETWORK_LINK$/, "PV_LXC_NETWORK_TYPE", "phys"],
	[/^PV_LXC_NETWORK_IPV4_/, "PV_LXC_NETWORK_TYPE", "veth"],
	[/^PV_LXC_NETWORK_IPV4_GATEWAY$/, "PV_LXC_NETWORK_IPV4_ADDRESS", "10.0.3.2/24"],
	[/^PV_NETWORK_(?!POOL)/, "PV_NETWORK_POOL", "internal"],
];

const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;
const lines = (found: readonly string[]): string => found.map(code).join("<br>");

function effectOf(subject: string, source: Partial<SourceManifest>): readonly string[] {
	const explained = explainPart({ name: "web", source: { dockerConfig: IMAGE, ...source } });
	const { lxc = [], run = [] } = explained.find((one) => one.subject === subject) ?? {};
	return [...lxc, ...run];
}

function argumentRow(name: string): string {
	const { kind, about, example } = ARGUMENTS.get(name)!;
	const beside = COMPANIONS.filter(([pattern]) => pattern.test(name));
	const args = new Map(
		[...beside.map(([, other, value]) => [other, value] as const), [name, example] as const].map(
			([argument, text]) => [argument, parseArgument(argument, text)],
		),
	);
	const effect = effectOf(`args.${name}`, { args });
	const note = /_DISABLE$/.test(name) && effect.length === 0 ? "its line is left out" : lines(effect);
	const others = beside.map(([, other, value]) => `, beside ${code(`${other}=${value}`)}`).join("");
	return `| ${code(name)} | ${kind} | ${about} | ${code(example)}${others} | ${note} |`;
}

const schema = sourceManifestSchema() as { properties: Record<string, { type?: string; const?: string }> };
const memberRows = Object.entries(MEMBER_NOTES).map(([name, about]) => {
	const { type, const: only } = schema.properties[name]!;
	return `| ${code(name)} | ${only === undefined ? type : code(only)} | ${about} |`;
});
const imageRows = ["Entrypoint", "Cmd", "Env.PATH", "WorkingDir", "Volumes./data"].map((subject) => {
	return `| ${code(subject)} | ${lines(effectOf(subject, {}))} |`;
});
const volumeRows = [
	["/data", "permanent"],
	["/cache", "boot"],
	["ovl:/etc", "revision"],
	["/media", "permanent@usb"],
].map(([path, persistence]) => {
	const volumes = new Map([[path!, persistence!]]);
	return `| ${code(`${path}: ${persistence}`)} | ${lines(effectOf(`persistence.${path}`, { persistence: volumes }))} |`;
});

const page = `# src.json

\`src.json\` says where a container came from and how it is to be run. pvr's and pvpkg's are the same file: either
program reads what the other wrote. \`pvpkg install\` and \`pvpkg app add\` write it, \`pvpkg render\` shows the files that
become of it, and \`pvpkg explain\` shows which setting became which line. Its JSON Schema is
[src.schema.json](schemas/src.schema.json).

This page is made from the code: a test renders every example and compares the lines.

## Members

A member that is empty is the same as one that is absent. One that nothing reads is kept, and reported with the name
that was likely meant.

| member | type | says |
|---|---|---|
${memberRows.join("\n")}

## What the image says

\`docker_config\`, with \`config\` laid over it. The image's User and StopSignal are not carried over unless
\`PVPKG_IMAGE_USER\` and \`PVPKG_IMAGE_STOP_SIGNAL\` ask for it, as pvr runs every container as root.

| setting | becomes |
|---|---|
${imageRows.join("\n")}

## Arguments

\`args\`, and \`--arg NAME=VALUE\` on the command line. A *switch* is on with any value but the empty one, also with
\`no\`. A *list*, an *object* and *json* are JSON, or a string that holds JSON. *words* are items with commas between them.

| argument | type | decides | example | becomes |
|---|---|---|---|---|
${[...ARGUMENTS.keys()].map(argumentRow).join("\n")}

## Volumes

\`persistence\`, and \`--volume PATH:CLASS[@DISK]\`. What lies in a volume lives as long as the device (\`permanent\`), the
revision (\`revision\`) or until the next start (\`boot\`). With \`ovl:\` the volume begins with what the image has there.

| entry | becomes |
|---|---|
${volumeRows.join("\n")}
`;

test("docs/src-json.md has every member and argument, with the lines that it makes", () => {
	if (WRITES) writeFileSync(PAGE, page);
	expect(readFileSync(PAGE, "utf8")).toBe(page);
});

test("every argument decides something that can be seen", () => {
	const idle = [...ARGUMENTS.keys()].filter((name) => argumentRow(name).endsWith("|  |"));
	expect(idle).toEqual([]);
});
