import { expect, test } from "vitest";
import { networkError } from "../../../src/image/registry/network-error.js";

const URL_OF_IMAGE = new URL("https://registry.example/v2/app/manifests/1");

function failure(code: string, members: object = {}): Error {
	return Object.assign(new Error(`connect ${code} somewhere`), { code, syscall: "connect", ...members });
}

async function messageOf(cause: Error, tried: readonly string[] = []): Promise<string> {
	const { message } = await networkError(URL_OF_IMAGE, cause, undefined, tried);
	const start = `registry.example: ask for ${URL_OF_IMAGE.href}: `;
	expect(message.startsWith(start)).toBe(true);
	return message.slice(start.length);
}

const AT = { address: "192.0.2.1", port: 443 };

test.each([
	[
		"ECONNREFUSED",
		AT,
		"nothing is listening at 192.0.2.1:443: check the port, and that the server is running",
	],
	[
		"ECONNREFUSED",
		{ address: "2001:db8::1", port: 5000 },
		"nothing is listening at [2001:db8::1]:5000: check the port, and that the server is running",
	],
	[
		"ENOTFOUND",
		{ hostname: "registry.example" },
		"there is no host named registry.example: check the name and the network connection",
	],
	["EAI_AGAIN", {}, "the name registry.example could not be looked up: check the network connection"],
	["ENETUNREACH", AT, "there is no route to 192.0.2.1:443"],
	["EHOSTUNREACH", AT, "there is no route to 192.0.2.1:443"],
	["ETIMEDOUT", AT, "192.0.2.1:443 does not answer"],
	["ECONNRESET", {}, "the server closed the connection"],
	["EPIPE", {}, "the server closed the connection"],
	["EOTHER", {}, "connect EOTHER somewhere"],
])("%s %o is said in plain words", async (code, members, expected) => {
	expect(await messageOf(failure(code, members))).toBe(expected);
});

test("what pvpkg ended itself, and what Node says of a broken connection", async () => {
	const own = Object.assign(new Error("nothing came for 60 s"), { code: "ETIMEDOUT" });
	expect(await messageOf(own)).toBe("nothing came for 60 s");
	const ended = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
	expect(await messageOf(ended)).toBe("the server closed the connection");
});

test("each address of a host is named once, with what happened there", async () => {
	const errors = [failure("ECONNREFUSED", AT), failure("ENETUNREACH", { address: "2001:db8::1", port: 443 })];
	const cause = Object.assign(new AggregateError(errors), { code: "ECONNREFUSED" });
	expect(await messageOf(cause, ["192.0.2.1", "2001:db8::1"])).toBe(
		"nothing is listening at 192.0.2.1:443, there is no route to [2001:db8::1]:443: check the port, and that the server is running",
	);
	expect(await messageOf(failure("ECONNRESET"), ["192.0.2.1"])).toBe(
		"the server closed the connection; addresses tried: 192.0.2.1",
	);
});
