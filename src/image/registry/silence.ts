import type { ClientRequest } from "node:http";
import type { Socket } from "node:net";

/**
 * Calls `listen` each time when nothing has come for the request's time. A process that stood still (a machine that slept,
 * a long computation) finds its timers due before it looks at what came meanwhile: it looks first. The request's own event
 * comes only once, even where its reader let the sender wait.
 */
export function onSilence(request: ClientRequest, listen: () => void): void {
	request.once("socket", (socket: Socket) => {
		const look = (): void => {
			const received = socket.bytesRead;
			setImmediate(() => {
				if (!request.closed && socket.bytesRead === received) listen();
			});
		};
		socket.on("timeout", look);
		request.once("close", () => socket.off("timeout", look));
	});
}
