import { toInt, zfill } from "../python/builtins.ts";
import { f } from "../python/format.ts";
import { attributeError } from "../python/lookup-errors.ts";
import { callMethod, itemsOf } from "../python/methods.ts";
import { addInPlace, contains, eq, getItem, getSlice, iterate, setItem, truthy } from "../python/operators.ts";
import { PyRandom } from "../python/random.ts";
import { str } from "../python/repr.ts";
import { PyDict, PySet, type PyValue } from "../python/values.ts";
import { Api, defineApi } from "./api.ts";

const USERS = { Alice: "USR001", Bob: "USR002", Catherine: "USR003", Daniel: "USR004" };
const INBOX = [
  { USR002: "My name is Alice. I want to connect." },
  { USR003: "Could you upload the file?" },
  { USR004: "Could you upload the file?" },
];

/** The official message_api.py: users of a workspace and one inbox. */
export class MessageApi extends Api {
  generated_ids: PyValue;
  user_count: PyValue;
  user_map: PyValue;
  inbox: PyValue;
  message_count: PyValue;
  current_user: PyValue;
  readonly #random: PyRandom;

  constructor(scenario: PyDict) {
    super();
    this.#random = new PyRandom(toInt(scenario.getOr("random_seed", 200191n)));
    this.generated_ids = scenario.getOr("generated_ids", new PySet());
    this.user_count = scenario.getOr("user_count", 4n);
    this.user_map = scenario.getOr("user_map", PyDict.of(USERS));
    this.inbox = scenario.getOr(
      "inbox",
      INBOX.map((message) => PyDict.of(message as Record<string, string>)),
    );
    this.message_count = scenario.getOr("message_count", 3n);
    this.current_user = scenario.getOr("current_user", null);
  }

  list_users(): PyValue {
    return PyDict.of({ user_list: callMethod(this.user_map, "keys") });
  }

  get_user_id(user: PyValue): PyValue {
    if (!contains(this.user_map, user)) return PyDict.of({ error: f`User '${user}' not found in the workspace.` });
    return PyDict.of({ user_id: callMethod(this.user_map, "get", user) });
  }

  message_login(user_id: PyValue): PyValue {
    if (!contains(callMethod(this.user_map, "values"), user_id)) {
      return PyDict.of({ login_status: false, message: f`User ID '${user_id}' not found.` });
    }
    this.current_user = user_id;
    return PyDict.of({ login_status: true, message: f`User '${user_id}' logged in successfully.` });
  }

  message_get_login_status(): PyValue {
    return PyDict.of({ login_status: truthy(this.current_user) });
  }

  send_message(receiver_id: PyValue, message: PyValue): PyValue {
    if (!truthy(this.current_user)) return notLoggedIn();
    if (!contains(callMethod(this.user_map, "values"), receiver_id)) {
      return PyDict.of({ error: f`Receiver ID '${receiver_id}' not found.` });
    }
    const message_id = this.#generateId();
    callMethod(this.inbox, "append", PyDict.of([[receiver_id, message]]));
    this.message_count = addInPlace(this.message_count, 1n);
    return PyDict.of({ sent_status: true, message_id, message: f`Message sent to '${receiver_id}' successfully.` });
  }

  delete_message(receiver_id: PyValue): PyValue {
    if (!truthy(this.current_user)) return notLoggedIn();
    for (const message of [...iterate(getSlice(this.inbox, null, null))].reverse()) {
      const [receiver] = firstEntry(message);
      if (!eq(receiver, receiver_id)) continue;
      callMethod(this.inbox, "remove", message);
      return PyDict.of({
        deleted_status: true,
        receiver_id: receiver,
        message: f`Receiver ${receiver_id}'s latest message deleted successfully.`,
      });
    }
    return PyDict.of({ error: f`Receiver ID ${receiver_id} not found.` });
  }

  view_messages_sent(): PyValue {
    if (!truthy(this.current_user)) return notLoggedIn();
    const messages = new PyDict();
    for (const message of iterate(this.inbox)) {
      const [receiver, content] = firstEntry(message);
      const sent = messages.get(receiver);
      if (sent === undefined) messages.set(receiver, [content]);
      else callMethod(sent, "append", content);
    }
    return PyDict.of({ messages });
  }

  add_contact(user_name: PyValue): PyValue {
    if (contains(this.user_map, user_name)) return PyDict.of({ error: f`User name '${user_name}' already exists.` });
    this.user_count = addInPlace(this.user_count, 1n);
    const user_id = `USR${zfill(str(this.user_count), 3)}`;
    if (contains(callMethod(this.user_map, "values"), user_id)) {
      return PyDict.of({ error: f`User ID '${user_id}' already exists.` });
    }
    setItem(this.user_map, user_name, user_id);
    return PyDict.of({ added_status: true, user_id, message: f`Contact '${user_name}' added successfully.` });
  }

  search_messages(keyword: PyValue): PyValue {
    if (!truthy(this.current_user)) return notLoggedIn();
    const wanted = callMethod(keyword, "lower");
    const results: PyValue[] = [];
    for (const message of iterate(this.inbox)) {
      const [receiver_id, content] = firstEntry(message);
      if (contains(callMethod(content, "lower"), wanted)) results.push(PyDict.of({ receiver_id, message: content }));
    }
    return PyDict.of({ results });
  }

  get_message_stats(): PyValue {
    if (!truthy(this.current_user)) return notLoggedIn();
    const contacts = new PySet();
    let received = 0n;
    for (const message of iterate(this.inbox)) {
      contacts.add(firstEntry(message)[0]);
      received++;
    }
    return PyDict.of({
      stats: PyDict.of({ received_count: received, total_contacts: BigInt(contacts.size) }),
    });
  }

  #generateId(): PyDict {
    let id = this.#random.randint(10_000n, 99_999n);
    while (contains(this.generated_ids, id)) id = this.#random.randint(10_000n, 99_999n);
    // A scenario that was read from JSON may bring a list, which has no `add`.
    if (!(this.generated_ids instanceof PySet)) throw attributeError(this.generated_ids, "add");
    this.generated_ids.add(id);
    return PyDict.of({ new_id: id });
  }
}

function firstEntry(message: PyValue): [PyValue, PyValue] {
  const [first] = itemsOf(message);
  // `list({}.items())[0]`
  return first ?? (getItem([], 0n) as never);
}

function notLoggedIn(): PyDict {
  return PyDict.of({ error: "No user is currently logged in." });
}

export const messageApi = defineApi("MessageAPI", (scenario) => new MessageApi(scenario), {
  add_contact: "(user_name)",
  delete_message: "(receiver_id)",
  get_message_stats: "()",
  get_user_id: "(user)",
  list_users: "()",
  message_get_login_status: "()",
  message_login: "(user_id)",
  search_messages: "(keyword)",
  send_message: "(receiver_id, message)",
  view_messages_sent: "()",
});
