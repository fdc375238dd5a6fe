import { expect, test } from "vitest";
import {
	formatCount,
	formatCounted,
	formatGrowth,
	formatSize,
	parseSize,
} from "../../../src/ground/bytes/index.js";

test("a size has three digits, and a unit in powers of 1000", () => {
	expect([0, 999, 1000, 1234, 999_499, 1e6, 55_000_000, 1e12].map(formatSize)).toEqual([
		"0 B",
		"999 B",
		"1.00 kB",
		"1.23 kB",
		"999 kB",
		"1.00 MB",
		"55.0 MB",
		"1.00 TB",
	]);
});

test("a size that rounds up to 1000 has the next unit", () => {
	expect([999_500, 999_999, 999_999_999, 999_999_999_999].map(formatSize)).toEqual([
		"1.00 MB",
		"1.00 MB",
		"1.00 GB",
		"1.00 TB",
	]);
});

test("growth has a sign, and counts their noun", () => {
	expect([90_000, -1_200_000, 0].map(formatGrowth)).toEqual(["+90.0 kB", "−1.20 MB", "0 B"]);
	expect([0, 1, 1266].map((count) => formatCounted(count, "layer"))).toEqual([
		"0 layers",
		"1 layer",
		"1,266 layers",
	]);
	expect([1, 1000, 1234567].map(formatCount)).toEqual(["1", "1,000", "1,234,567"]);
});

test("K and KiB are powers of 1024, kB of 1000", () => {
	expect(["8M", "8MiB", "8MB", "8 mb", "1.5G", "512", "512B"].map(parseSize)).toEqual([
		8 << 20,
		8 << 20,
		8e6,
		8e6,
		1.5 * 2 ** 30,
		512,
		512,
	]);
	expect(["", "M", "-1", "1T", "8 M B", "9".repeat(16)].map(parseSize)).toEqual(Array(6).fill(undefined));
});
