import { writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { Chromium } from "../test/support/chromium.js";

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

async function draw(browser: Chromium, page: string): Promise<Drawn> {
	await browser.open(page);
	return JSON.parse(await browser.evaluate<string>(DRAWN)) as Drawn;
}

async function takePictures(browser: Chromium, prefix: string): Promise<void> {
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
const browser = await Chromium.start();
for (let round = 0; round < Number(rounds); round++) {
	const { script, drawn, paint, tiles, rows } = await draw(browser, page);
	const times = [paint, script, drawn].map((time) => time.toFixed(0));
	console.log(
		`first paint ${times[0]} ms, script done ${times[1]} ms, drawn ${times[2]} ms; ${tiles} tiles, ${rows} rows`,
	);
}
if (pictures !== undefined) await takePictures(browser, pictures);
await browser.close();
