import { receiveTemporaryFile } from "../../ground/files/index.js";
import type { ImageSource } from "../oci/index.js";
import type { SourceContext } from "./context.js";
import { limitUnpacked } from "./disk-limit.js";
import { openDockerMembers } from "./docker-archive.js";
import type { EngineClient } from "./engine-client.js";
import { SourceError } from "./errors.js";
import { tarMembers } from "./tar-members.js";

/**
 * An image that a Docker or podman daemon holds, by name or id. The Engine API can only export
 * it whole, as a docker-archive (`GET /images/get`), which is kept in a nameless temporary file.
 * @throws SourceError ERR_DAEMON, ERR_IMAGE_NOT_FOUND, ERR_ARCHIVE_LIMIT
 */
export async function openDockerDaemon(name: string, context: SourceContext): Promise<ImageSource> {
	const subject = `docker-daemon:${name}`;
	// Few images come from a daemon, and the HTTP client takes a while to load.
	const { openEngine } = await import("./engine-client.js");
	const engine = await openEngine(context);
	try {
		await checkImage(engine, name, subject);
		const archive = exportImage(engine, name, subject);
		const chunks = limitUnpacked(archive, subject, context);
		const content = await receiveTemporaryFile(chunks, context.temporaryDirectory);
		try {
			return await openDockerMembers(tarMembers(subject, content), undefined);
		} catch (error) {
			content.close();
			throw error;
		}
	} finally {
		await engine.close();
	}
}

/** Not every daemon says by a status that it cannot export what it does not have. */
async function checkImage(engine: EngineClient, name: string, subject: string): Promise<void> {
	const path = name.split("/").map(encodeURIComponent).join("/");
	const { status, body } = await engine.get(`/images/${path}/json`);
	const said = await engine.readMessage(body);
	if (status === 200) return;
	const code = status === 404 ? "ERR_IMAGE_NOT_FOUND" : "ERR_DAEMON";
	throw new SourceError(code, `${subject}: inspect: ${engine.address} says ${status}: ${said}`);
}

async function* exportImage(engine: EngineClient, name: string, subject: string): AsyncGenerator<Uint8Array> {
	const { status, body } = await engine.get(`/images/get?names=${encodeURIComponent(name)}`);
	if (status !== 200) {
		const said = await engine.readMessage(body);
		throw new SourceError("ERR_DAEMON", `${subject}: export: ${engine.address} says ${status}: ${said}`);
	}
	try {
		yield* body;
	} catch (cause) {
		const message = `${subject}: export: ${engine.address} stopped sending: ${(cause as Error).message}`;
		throw new SourceError("ERR_DAEMON", message, { cause });
	}
}
