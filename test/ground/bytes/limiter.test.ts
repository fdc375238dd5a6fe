import { expect, test } from "vitest";
import { Limiter } from "../../../src/ground/bytes/index.js";

test("so many at a time, the others in the order they came", async () => {
	const limiter = new Limiter(2);
	const order: number[] = [];
	let [now, most] = [0, 0];
	const job = async (at: number): Promise<number> => {
		order.push(at);
		most = Math.max(most, ++now);
		await new Promise((resolve) => setImmediate(resolve));
		now--;
		if (at === 1) throw new Error("one fails");
		return at;
	};
	const results = await Promise.allSettled([0, 1, 2, 3, 4].map((at) => limiter.run(() => job(at))));
	expect(results.map(({ status }) => status === "fulfilled")).toEqual([true, false, true, true, true]);
	expect([most, order]).toEqual([2, [0, 1, 2, 3, 4]]);
});

test("a place that is given back twice is one place", async () => {
	const limiter = new Limiter(1);
	const release = await limiter.acquire();
	release();
	release();
	await limiter.acquire();
	let through = false;
	limiter.acquire().then(() => {
		through = true;
	});
	await new Promise((resolve) => setImmediate(resolve));
	expect(through).toBe(false);
});

test.each([0, -1, Number.NaN])("%d places are a mistake", (places) => {
	expect(() => new Limiter(places)).toThrow(RangeError);
});
