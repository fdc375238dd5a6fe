import { describe, expect, test } from "vitest";
import { describePem, parsePem } from "../../../src/pantavisor/signing/pem.js";

const body = Buffer.from("what is inside, longer than one line of base64 may be in a file of this form");
const lines = body.toString("base64").replace(/.{64}/g, "$&\n");
const pem = (label: string, inside = lines) =>
	`-----BEGIN ${label}-----\n${inside}\n-----END ${label}-----\n`;

describe("a PEM text", () => {
	test("has its blocks in order, whatever stands between them", () => {
		const text = `Bag Attributes\n${pem("CERTIFICATE")}subject=CN\n\n${pem("RSA PRIVATE KEY")}`;
		const block = (label: string) => ({ label, hasHeaders: false, bytes: body });
		expect(parsePem(text)).toEqual([block("CERTIFICATE"), block("RSA PRIVATE KEY")]);
		expect(parsePem(Buffer.from(text.replaceAll("\n", "\r\n")))).toEqual(parsePem(text));
		expect(describePem(parsePem(text))).toBe("CERTIFICATE, RSA PRIVATE KEY");
	});

	test("with headers before the body has no bytes that could be read", () => {
		const [block] = parsePem(pem("RSA PRIVATE KEY", `Proc-Type: 4,ENCRYPTED\n\n${lines}`));
		expect(block).toEqual({ label: "RSA PRIVATE KEY", hasHeaders: true, bytes: Buffer.alloc(0) });
	});

	test.each([
		["without an end", `-----BEGIN CERTIFICATE-----\n${lines}\n`],
		["with the end of another", `-----BEGIN CERTIFICATE-----\n${lines}\n-----END PRIVATE KEY-----\n`],
		["with nothing", ""],
	])("%s has no block", (_, text) => {
		expect(parsePem(text)).toEqual([]);
		expect(describePem([])).toBe("no PEM block");
	});

	test("goes on after a block that does not end", () => {
		const text = `-----BEGIN CERTIFICATE-----\nAAAA\n${pem("CERTIFICATE")}`;
		expect(parsePem(text)).toEqual([{ label: "CERTIFICATE", hasHeaders: false, bytes: body }]);
	});

	// Looking for the end of each of them by itself would take hours.
	test("of 400,000 blocks that do not end is read once", () => {
		expect(parsePem("-----BEGIN CERTIFICATE-----\nAAAA\n".repeat(400_000))).toEqual([]);
	});
});
