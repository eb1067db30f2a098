import { f } from "../python/format.ts";
import { callMethod, itemsOf, join } from "../python/methods.ts";
import { addInPlace, eq, getItem, gt, iterate, lt, setItem, truthy } from "../python/operators.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { Api, defineApi } from "./api.ts";

const EDITABLE: ReadonlySet<PyValue> = new Set(["title", "description", "status", "priority"]);

/** The official ticket_api.py: support tickets and the user who is logged in. */
export class TicketApi extends Api {
  ticket_queue: PyValue;
  ticket_counter: PyValue;
  current_user: PyValue;

  constructor(scenario: PyDict) {
    super();
    this.ticket_queue = scenario.getOr("ticket_queue", []);
    this.ticket_counter = scenario.getOr("ticket_counter", 1n);
    this.current_user = scenario.getOr("current_user", null);
  }

  create_ticket(title: PyValue, description: PyValue, priority: PyValue): PyValue {
    if (!truthy(this.current_user)) {
      return PyDict.of({ error: "User not authenticated. Please log in to create a ticket." });
    }
    if (lt(priority, 1n) || gt(priority, 5n)) {
      return PyDict.of({ error: "Invalid priority. Priority must be between 1 and 5." });
    }
    const ticket = PyDict.of({
      id: this.ticket_counter,
      title,
      description,
      status: "Open",
      priority,
      created_by: this.current_user,
    });
    callMethod(this.ticket_queue, "append", ticket);
    this.ticket_counter = addInPlace(this.ticket_counter, 1n);
    return ticket;
  }

  get_ticket(ticket_id: PyValue): PyValue {
    const ticket = this.#find(ticket_id);
    return truthy(ticket) ? ticket : notFound(ticket_id);
  }

  close_ticket(ticket_id: PyValue): PyValue {
    const ticket = this.#find(ticket_id);
    if (!truthy(ticket)) return notFound(ticket_id);
    if (eq(getItem(ticket, "status"), "Closed")) {
      return PyDict.of({ error: f`Ticket with ID ${ticket_id} is already closed.` });
    }
    setItem(ticket, "status", "Closed");
    return PyDict.of({ status: f`Ticket ${ticket_id} has been closed successfully.` });
  }

  resolve_ticket(ticket_id: PyValue, resolution: PyValue): PyValue {
    const ticket = this.#find(ticket_id);
    if (!truthy(ticket)) return notFound(ticket_id);
    if (eq(getItem(ticket, "status"), "Resolved")) {
      return PyDict.of({ error: f`Ticket with ID ${ticket_id} is already resolved.` });
    }
    setItem(ticket, "status", "Resolved");
    setItem(ticket, "resolution", resolution);
    return PyDict.of({ status: f`Ticket ${ticket_id} has been resolved successfully.` });
  }

  edit_ticket(ticket_id: PyValue, updates: PyValue): PyValue {
    const ticket = this.#find(ticket_id);
    if (!truthy(ticket)) return notFound(ticket_id);
    const keys = callMethod(updates, "keys");
    // A set in the official code, whose order differs from process to process; here the order of the updates.
    const invalid = [...iterate(keys)].filter((key) => !EDITABLE.has(key));
    if (invalid.length > 0) return PyDict.of({ error: `Invalid fields for update: ${join(", ", invalid)}` });
    for (const [key, value] of itemsOf(updates)) if (value !== null) setItem(ticket, key, value);
    return PyDict.of({ status: f`Ticket ${ticket_id} has been updated successfully.` });
  }

  ticket_login(username: PyValue, password: PyValue): PyValue {
    const success = truthy(username) && truthy(password);
    if (success) this.current_user = username;
    return PyDict.of({ success });
  }

  ticket_get_login_status(): PyValue {
    return PyDict.of({ login_status: truthy(this.current_user) });
  }

  logout(): PyValue {
    const success = truthy(this.current_user);
    if (success) this.current_user = null;
    return PyDict.of({ success });
  }

  get_user_tickets(status: PyValue): PyValue {
    if (!truthy(this.current_user)) {
      return [PyDict.of({ error: "User not authenticated. Please log in to view tickets." })];
    }
    const own = [...iterate(this.ticket_queue)].filter((ticket) =>
      eq(getItem(ticket, "created_by"), this.current_user),
    );
    if (!truthy(status)) return own;
    return own.filter((ticket) => eq(callMethod(getItem(ticket, "status"), "lower"), callMethod(status, "lower")));
  }

  #find(ticket_id: PyValue): PyValue {
    for (const ticket of iterate(this.ticket_queue)) if (eq(getItem(ticket, "id"), ticket_id)) return ticket;
    return null;
  }
}

function notFound(ticket_id: PyValue): PyDict {
  return PyDict.of({ error: f`Ticket with ID ${ticket_id} not found.` });
}

export const ticketApi = defineApi("TicketAPI", (scenario) => new TicketApi(scenario), {
  close_ticket: "(ticket_id)",
  create_ticket: "(title, description='', priority=1)",
  edit_ticket: "(ticket_id, updates)",
  get_ticket: "(ticket_id)",
  get_user_tickets: "(status=None)",
  logout: "()",
  resolve_ticket: "(ticket_id, resolution)",
  ticket_get_login_status: "()",
  ticket_login: "(username, password)",
});
