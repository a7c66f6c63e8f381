/** The few calls of the HTTP API that the examples make, with an admin key. */
export interface AssayApi {
  get<T>(path: string): Promise<T>;
  /** Answers null when the thing is already there (409). */
  create<T>(path: string, body: unknown): Promise<T | null>;
  post<T>(path: string, body?: unknown): Promise<T>;
}

export function assayApi(url: string, adminKey: string): AssayApi {
  async function call<T>(method: string, path: string, body?: unknown): Promise<{ status: number; answer: T }> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${adminKey}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = (await response.json()) as T & { error?: { message: string } };
    if (!response.ok && !(method === 'POST' && response.status === 409)) {
      throw new Error(`${method} ${path}: ${response.status} ${answer.error?.message ?? ''}`);
    }
    return { status: response.status, answer };
  }
  return {
    get: async (path) => (await call<never>('GET', path)).answer,
    create: async (path, body) => {
      const { status, answer } = await call<never>('POST', path, body);
      return status === 409 ? null : answer;
    },
    post: async (path, body) => {
      const { status, answer } = await call<{ error?: { message: string } }>('POST', path, body);
      if (status === 409) throw new Error(`POST ${path}: ${answer.error?.message ?? status}`);
      return answer as never;
    },
  };
}
