import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pack } from "tar-fs";

/** Files that the engine gets for a build. */
export interface BuildContext {
  /** The folder that the Dockerfile's paths start from. */
  readonly folder: string;
  /** What of it is sent: files and folders, as the Dockerfile names them. One that is not there is left out. */
  readonly entries: readonly string[];
  /** Certificate authorities that the machine trusts, PEM, for package managers inside the build; null without. */
  readonly certificates: string | null;
}

/** Where the Dockerfiles look for the certificates; they are never part of an image. */
const CERTIFICATES_FILE = "ca.crt";

/** Folders that no build wants: what is made, fetched or kept by other tools. */
const LEFT_OUT =
  /(^|\/)(node_modules|\.git|\.venv|__pycache__|\.cache|\.mypy_cache|\.ruff_cache|\.pytest_cache|dist)(\/|$)/;

/** The context as a tar stream. */
export function packContext({ folder, entries, certificates }: BuildContext): NodeJS.ReadableStream {
  const present = entries.filter((entry) => existsSync(join(folder, entry)));
  const tar = pack(folder, {
    entries: present,
    ignore: (name) => LEFT_OUT.test(name.slice(folder.length)),
    finalize: false,
    // Whose files they are here says nothing there.
    map: (header) => ({ ...header, uid: 0, gid: 0, uname: "", gname: "" }),
    finish: (stream) => {
      if (certificates === null) {
        stream.finalize();
        return;
      }
      stream.entry({ name: CERTIFICATES_FILE }, certificates, () => stream.finalize());
    },
  });
  // A stream of another library with the same `pipe`, which is all that is used of it.
  return tar as unknown as NodeJS.ReadableStream;
}

/**
 * The certificate authorities that this machine's own package managers were told to trust, when they were told: behind a
 * proxy that opens TLS, a build needs the same.
 */
export function machineCertificates(env: Readonly<Record<string, string | undefined>>): string | null {
  const path = env.STEPWELL_BUILD_CA ?? env.PIP_CERT ?? env.NODE_EXTRA_CA_CERTS ?? env.SSL_CERT_FILE;
  return path && existsSync(path) ? readFileSync(path, "utf8") : null;
}
