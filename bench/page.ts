import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

// How long Chromium takes to draw a report's page, by its own clock (the Performance interface), in rounds:
//   pvpkg diff OLD NEW --html page.html && node dist/bench/page.js 3 page.html [PICTURES]
// With PICTURES it writes PICTURES-dark-1280.png and so on, dark and light, 1280 and 400 pixels wide.

/**
 * Resolves once the map and the table are there, and a frame with them has been painted: what the page has marked as
 * drawn, the first paint of the browser after it, and how many tiles there are.
 */
const DRAWN = `new Promise((drawn) => {
	const look = () => {
		const [mark] = performance.getEntriesByName("drawn");
		const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
		const tiles = document.querySelectorAll(".tile").length;
		const rows = document.querySelectorAll("tr[data-row]").length;
		const isThere = mark !== undefined && paint !== undefined && tiles > 0 && rows > 0;
		if (!isThere) return void requestAnimationFrame(look);
		requestAnimationFrame((time) => setTimeout(() => drawn(JSON.stringify({
			script: mark.startTime, drawn: Math.max(performance.now(), paint), paint, tiles, rows,
		}))));
	};
	look();
})`;

/** Times in milliseconds after the navigation began. */
interface Drawn {
	/** When the page's script had made the map and the table. */
	readonly script: number;
	/** When a frame with both had been painted. */
	readonly drawn: number;
	/** When the browser painted something for the first time. */
	readonly paint: number;
	readonly tiles: number;
	readonly rows: number;
}

/** Chromium without a window, spoken to through pipes by the DevTools protocol. */
class Browser {
	readonly #directory = mkdtempSync(join(tmpdir(), "pvpkg-bench-page-"));
	readonly #process = spawn(
		"chromium",
		[
			"--headless=new",
			"--no-sandbox",
			"--disable-gpu",
			"--remote-debugging-pipe",
			`--user-data-dir=${this.#directory}`,
			"about:blank",
		],
		{ stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
	);
	readonly #answers = new Map<number, (result: Record<string, unknown>) => void>();
	#text = "";
	#session: string | undefined;

	constructor() {
		this.#process.stdio[4]!.on("data", (chunk) => this.#receive(String(chunk)));
	}

	async open(): Promise<void> {
		const { targetInfos } = await this.send<{ targetInfos: { type: string; targetId: string }[] }>(
			"Target.getTargets",
		);
		const { targetId } = targetInfos.find(({ type }) => type === "page")!;
		const attached = await this.send<{ sessionId: string }>("Target.attachToTarget", {
			targetId,
			flatten: true,
		});
		this.#session = attached.sessionId;
		await this.send("Page.enable");
	}

	send<T>(method: string, params: object = {}): Promise<T> {
		const id = this.#answers.size + 1;
		const message = JSON.stringify({ id, method, params, sessionId: this.#session });
		(this.#process.stdio[3] as NodeJS.WritableStream).write(`${message}\0`);
		return new Promise((answer) => this.#answers.set(id, (result) => answer(result as T)));
	}

	async close(): Promise<void> {
		this.#process.kill();
		await new Promise((closed) => this.#process.on("close", closed));
		rmSync(this.#directory, { recursive: true, force: true });
	}

	#receive(chunk: string): void {
		const messages = (this.#text + chunk).split("\0");
		this.#text = messages.pop()!;
		for (const message of messages) {
			const { id, result } = JSON.parse(message) as { id?: number; result?: Record<string, unknown> };
			if (id !== undefined) this.#answers.get(id)?.(result ?? {});
		}
	}
}

async function draw(browser: Browser, page: string): Promise<Drawn> {
	await browser.send("Page.navigate", { url: `file://${resolve(page)}` });
	const { result } = await browser.send<{ result: { value: string } }>("Runtime.evaluate", {
		expression: DRAWN,
		awaitPromise: true,
	});
	return JSON.parse(result.value) as Drawn;
}

async function takePictures(browser: Browser, prefix: string): Promise<void> {
	for (const scheme of ["dark", "light"]) {
		for (const width of [1280, 400]) {
			await browser.send("Emulation.setEmulatedMedia", {
				features: [{ name: "prefers-color-scheme", value: scheme }],
			});
			const size = { width, height: 2200, deviceScaleFactor: 1, mobile: width < 500 };
			await browser.send("Emulation.setDeviceMetricsOverride", size);
			await wait(500);
			const { data } = await browser.send<{ data: string }>("Page.captureScreenshot");
			writeFileSync(`${prefix}-${scheme}-${width}.png`, Buffer.from(data, "base64"));
		}
	}
}

const [rounds = "3", page = "page.html", pictures] = process.argv.slice(2);
const browser = new Browser();
await browser.open();
for (let round = 0; round < Number(rounds); round++) {
	const { script, drawn, paint, tiles, rows } = await draw(browser, page);
	const times = [paint, script, drawn].map((time) => time.toFixed(0));
	console.log(
		`first paint ${times[0]} ms, script done ${times[1]} ms, drawn ${times[2]} ms; ${tiles} tiles, ${rows} rows`,
	);
}
if (pictures !== undefined) await takePictures(browser, pictures);
await browser.close();
