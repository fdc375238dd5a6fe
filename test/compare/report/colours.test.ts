import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

type Colour = readonly number[];
type Matrix = readonly Colour[];

const style = readFileSync(new URL("../../../src/compare/report/page.css", import.meta.url), "utf8");

/** Linear red, green and blue, 0 to 1. */
function parseColour(text: string): Colour {
	const parts = [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16) / 255);
	return parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
}

const apply = (matrix: Matrix, colour: Colour): Colour =>
	matrix.map((row) => row.reduce((sum, factor, i) => sum + factor * colour[i]!, 0));

const TO_LMS: Matrix = [
	[0.4122214708, 0.5363325363, 0.0514459929],
	[0.2119034982, 0.6806995451, 0.1073969566],
	[0.0883024619, 0.2817188376, 0.6299787005],
];
const TO_LAB: Matrix = [
	[0.2104542553, 0.793617785, -0.0040720468],
	[1.9779984951, -2.428592205, 0.4505937099],
	[0.0259040371, 0.7827717662, -0.808675766],
];

/** Oklab, in which equal distances look about equally large. */
const toLab = (colour: Colour): Colour => apply(TO_LAB, apply(TO_LMS, colour).map(Math.cbrt));
const distance = (a: Colour, b: Colour): number => Math.hypot(...a.map((value, i) => value - b[i]!));

/** What somebody without one kind of cones sees of a linear colour (Machado, Oliveira and Fernandes 2009). */
const SIGHTS: Readonly<Record<string, Matrix>> = {
	"all cones": [
		[1, 0, 0],
		[0, 1, 0],
		[0, 0, 1],
	],
	protanopia: [
		[0.152286, 1.052583, -0.204868],
		[0.114503, 0.786281, 0.099216],
		[-0.003882, -0.048116, 1.051998],
	],
	deuteranopia: [
		[0.367322, 0.860646, -0.227968],
		[0.280085, 0.672501, 0.047413],
		[-0.01182, 0.04294, 0.968881],
	],
	tritanopia: [
		[1.255528, -0.076749, -0.178779],
		[-0.078411, 0.930809, 0.147602],
		[0.004733, 0.691367, 0.3039],
	],
};

const MODES = ["light", "dark"] as const;

/** Returns the colours of the tiles of a mode by class; those that grow stronger are taken as the strongest. */
function tiles(mode: (typeof MODES)[number]): ReadonlyMap<string, Colour> {
	const rules = style.matchAll(/^\.([\w-]+)(?:\.tile,[^{]*)? \{\s*--tile:[^#]*#(\w{6}), #(\w{6})\)/gm);
	return new Map(
		[...rules].map(([, name, light, dark]) => [name!, parseColour(`#${mode === "light" ? light : dark}`)]),
	);
}

/** Least distance at which two tiles beside each other are told apart without looking twice. */
const LEAST = 0.05;

/** What is new has an edge, so that its colour may resemble that of what grew. */
const hasEdge = (pair: readonly string[]): boolean => pair.includes("fresh") && pair.includes("grown");

describe.each(MODES)("in %s mode", (mode) => {
	const colours = [...tiles(mode)].filter(([name]) => name !== "folder");
	const isKind = ([name]: readonly [string, Colour]): boolean => name.startsWith("kind-");

	test.each(Object.keys(SIGHTS))("the colours of the map differ for %s", (sight) => {
		expect(colours).toHaveLength(11);
		const close: string[] = [];
		for (const series of [colours.filter(isKind), colours.filter((colour) => !isKind(colour))]) {
			const seen = series.map(([name, colour]) => {
				const light = apply(SIGHTS[sight]!, colour).map((part) => Math.min(1, Math.max(0, part)));
				return [name, toLab(light)] as const;
			});
			for (const [i, [a, first]] of seen.entries())
				for (const [b, second] of seen.slice(i + 1))
					if (!hasEdge([a, b]) && distance(first, second) < LEAST) close.push(`${a} and ${b}`);
		}
		expect(close).toEqual([]);
	});

	test("text on every tile has a contrast of 4.5 at least", () => {
		const luminance = ([red, green, blue]: Colour): number =>
			0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
		const [, light, dark] = /--text: light-dark\(#(\w+), #(\w+)\)/.exec(style)!;
		const text = luminance(parseColour(`#${mode === "light" ? light : dark}`));
		for (const [name, colour] of colours) {
			const [low, high] = [text, luminance(colour)].sort((a, b) => a - b);
			expect((high! + 0.05) / (low! + 0.05), name).toBeGreaterThan(4.5);
		}
	});
});
