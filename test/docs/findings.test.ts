import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { IMAGE_RULES } from "../../src/container/index.js";
import { ATTEST_RULES } from "../../src/evidence/attest/index.js";
import { SBOM_RULES } from "../../src/evidence/sbom/index.js";
import { type Rule, rulesOf } from "../../src/ground/findings/index.js";
import { RULES } from "../../src/verify/index.js";

const PAGE = "docs/findings.md";
/** Set this variable to write the page instead of comparing it. */
const WRITES = process.env.PVPKG_WRITE_DOCS === "1";
const MAKER = rulesOf(IMAGE_RULES);
const BESIDE = rulesOf(SBOM_RULES, ATTEST_RULES);

const HEAD = `# Findings

Every finding of \`pvpkg verify\`, \`export\`, \`build\` and \`app\` carries the stable name of its rule. An *error* makes
\`verify\` end with exit code 5; a *warning* does not; a *note* says what only the whole state of a device can answer.

This page is made from the rules themselves: \`PVPKG_WRITE_DOCS=1 npm test -- dist/test/docs\` writes it again, and
\`npm test\` fails while it is out of date.
`;

const section = (title: string, rules: readonly Rule[]): string =>
	[
		`## ${title}`,
		"| rule | severity | what happens | what to do |\n|---|---|---|---|",
		...rules.map(({ id, severity, reason, remedy }) => `| \`${id}\` | ${severity} | ${reason} | ${remedy} |`),
	].join("\n");

const page = [
	HEAD,
	section("In a package, a checkout or a state", RULES).replace("\n|", "\n\n|"),
	"",
	section("In documents beside a package", BESIDE).replace("\n|", "\n\n|"),
	"",
	section("While a container is made", MAKER).replace("\n|", "\n\n|"),
	"",
].join("\n");

test("docs/findings.md has every rule as it is", () => {
	if (WRITES) writeFileSync(PAGE, page);
	expect(readFileSync(PAGE, "utf8")).toBe(page);
});

test("every rule has its own name, a reason and a remedy", () => {
	const rules = [...RULES, ...BESIDE, ...MAKER];
	expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
	for (const { id, reason, remedy } of rules) {
		expect(id).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
		expect(reason.length).toBeGreaterThan(10);
		expect(remedy.length).toBeGreaterThan(5);
		expect(`${reason}${remedy}`).not.toMatch(/[|\n]/);
	}
});
