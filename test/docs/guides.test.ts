import {
	chmodSync,
	copyFileSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDemoKey } from "../../fixtures/demo-key.js";
import type { DemoRegistry } from "../../fixtures/demo-registry.js";
import { serveDemo } from "../support/command-line.js";
import { needs } from "../support/needs.js";
import { PROGRAM } from "../support/program.js";
import { runShell } from "../support/shell.js";

// The shell blocks of each guide, one after the other in an empty directory, as a reader would copy them. A
// block after `<!-- not run: REASON -->` is left out.

const IMAGE = "registry.example.com/team/web";
const PAGES = readdirSync("docs/guides").filter((name) => name.endsWith(".md"));

interface Block {
	readonly text: string;
	readonly reason?: string;
}

function blocksOf(page: string): Block[] {
	const text = readFileSync(join("docs/guides", page), "utf8");
	const found = text.matchAll(/(?:<!-- not run: (.+) -->\n)?```(?:sh|yaml)\n([\s\S]*?)```/g);
	return [...found].map(([, reason, body]) => ({ text: body!, ...(reason && { reason }) }));
}

let registry: DemoRegistry;
let home: string;
beforeAll(async () => {
	registry = await serveDemo();
	home = mkdtempSync(join(tmpdir(), "pvpkg-guides-"));
	mkdirSync(join(home, "bin"));
	const program = join(home, "bin/pvpkg");
	writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
	chmodSync(program, 0o755);
	const { privateKey, publicKey } = createDemoKey();
	writeFileSync(join(home, "key.pem"), privateKey);
	writeFileSync(join(home, "public.pem"), publicKey);
	copyFileSync("package.json", join(home, "pvpkg.tgz")); // Only its digest is looked at.
});
afterAll(async () => {
	await registry.close();
	rmSync(home, { recursive: true });
});

describe.each(PAGES)("docs/guides/%s", (page) => {
	const blocks = blocksOf(page).filter(({ reason }) => reason === undefined);
	if (blocks.length === 0) return;

	const { test: check } = page === "signing.md" ? needs("openssl") : { test };
	check("its blocks run", { timeout: 300_000 }, async () => {
		const directory = join(home, page.replace(".md", ""));
		mkdirSync(directory);
		const env = {
			HOME: home,
			PATH: [join(home, "bin"), process.env.PATH].join(delimiter),
			// The guide about signing brings its own keys.
			...(page !== "signing.md" && { PVR_SIG_KEY: join(home, "key.pem") }),
			PVPKG_CACHE_DIR: join(home, "cache"),
			PVPKG_CACHE_KEY: "the key of a test, which is long enough",
			PVPKG_TIER: "fast",
			GIT_AUTHOR_NAME: "a",
			GIT_AUTHOR_EMAIL: "a@example.com",
			GIT_COMMITTER_NAME: "a",
			GIT_COMMITTER_EMAIL: "a@example.com",
		};
		// One script, so that `cd` holds for the blocks that follow.
		const script = blocks.map(({ text }) => text.replaceAll(IMAGE, `${registry.host}/demo/app`)).join("\n");
		const tagged = script.replaceAll("/demo/app:1.4", "/demo/app:1.0");
		expect(await runShell(tagged, { cwd: directory, env })).toEqual(expect.any(String));
	});
});

test("every block that is left out says why", () => {
	const reasons = PAGES.flatMap(blocksOf).flatMap(({ reason }) => reason ?? []);
	expect(reasons.filter((reason) => reason.length < 10)).toEqual([]);
	expect(reasons.length).toBeGreaterThan(0);
});
