import { describe, expect, test } from "vitest";
import { LiveRegion } from "../../src/cli/live-region.js";
import { formatBar } from "../../src/cli/progress.js";

const event = { platform: "linux/mips64le", phase: "download", done: 123_456, total: 1_000_000 } as const;

describe("one bar", () => {
	test.each([
		[80, "linux/mips64le download ███░░░░░░░░░░░░░░░░░░░░░  12%  123 kB"],
		[60, "linux/mips64le download ███░░░░░░░░░░░░░░░░░░░░  12%  123 kB"],
		[45, "linux/mips64le download █░░░░░░░  12%  123 kB"],
		[39, "linux/mips64le download  12%  123 kB"],
		[30, "linux/mips download 12% 123 kB"],
		[19, "download 12% 123 kB"],
	])("of %i cells", (width, line) => {
		expect(formatBar(event, width)).toBe(line);
	});

	test.each(Array.from({ length: 80 }, (_, at) => at + 1))("never has more than %i cells", (width) => {
		expect(formatBar(event, width).length).toBeLessThanOrEqual(width);
	});

	test("of nothing is full", () => {
		expect(formatBar({ ...event, done: 0, total: 0 }, 79)).toMatch(/█{24} 100% +0 B$/);
	});
});

describe("a live region", () => {
	const record = (columns?: number, rows?: number) => {
		const written: string[] = [];
		const screen = { columns, rows, write: (text: string) => written.push(text) };
		return { region: new LiveRegion(screen), written };
	};

	test("returns to its first line after drawing", () => {
		const { region, written } = record(20, 10);
		region.draw(["one", "two", "three"]);
		expect(written).toEqual(["\r\x1b[Jone\ntwo\nthree\x1b[2A\r"]);
	});

	test("prints text above itself and draws itself again", () => {
		const { region, written } = record(20, 10);
		region.draw(["one"]);
		region.printAbove("a warning\n");
		expect(written[1]).toBe("\r\x1b[Ja warning\none\r");
	});

	test("cuts lines before the last column, and leaves a row free", () => {
		const { region, written } = record(5, 3);
		region.draw(["abcdefgh", "2", "3", "4"]);
		expect(written[0]).toBe("\r\x1b[Jabcd\n2\x1b[1A\r");
	});

	test("disappears once", () => {
		const { region, written } = record();
		region.draw(["one"]);
		region.clear();
		region.clear();
		expect(written.slice(1)).toEqual(["\r\x1b[J"]);
	});
});
