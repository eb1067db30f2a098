import { describe, expect, test } from "bun:test";
import { ticketApi } from "../../../../src/environments/bfcl/apis/ticket-api.ts";
import { calledObject } from "./call-object.ts";

const QUEUE = JSON.stringify({
  current_user: "ana",
  ticket_counter: 3,
  ticket_queue: [
    { id: 1, title: "Leak", status: "Open", priority: 2, created_by: "ana" },
    { id: 1.0, title: "Second of its id", status: "Open", created_by: "ben" },
  ],
});

describe("a ticket", () => {
  test("is found by the equality of numbers, and the first of its id is it", () => {
    const made = calledObject(ticketApi, QUEUE);
    for (const id of ["1", "1.0", "True"]) expect(made.said(`get_ticket(${id})`)).toContain("'title': 'Leak'");
    expect(made.said("get_ticket('1')")).toBe("{'error': 'Ticket with ID 1 not found.'}");
  });

  test("may be closed and resolved in turn, but not twice the same way", () => {
    const made = calledObject(ticketApi, QUEUE);
    expect(made.said("close_ticket(1)")).toBe("{'status': 'Ticket 1 has been closed successfully.'}");
    expect(made.said("close_ticket(1)")).toBe("{'error': 'Ticket with ID 1 is already closed.'}");
    expect(made.said("resolve_ticket(1, 'new pipe')")).toBe("{'status': 'Ticket 1 has been resolved successfully.'}");
    expect(made.said("close_ticket(True)")).toBe("{'status': 'Ticket True has been closed successfully.'}");
    expect(made.attribute("ticket_queue")).toContain(
      "'status': 'Closed', 'priority': 2, 'created_by': 'ana', 'resolution': 'new pipe'",
    );
  });

  test("needs a priority that compares with ints; one that does not leaves no ticket and no number behind", () => {
    const made = calledObject(ticketApi, QUEUE);
    expect(made.said("create_ticket('t', priority='3')")).toBe(
      "TypeError: '<' not supported between instances of 'str' and 'int'",
    );
    expect(made.said("create_ticket('t', 'd', 5.5)")).toBe(
      "{'error': 'Invalid priority. Priority must be between 1 and 5.'}",
    );
    expect(made.attribute("ticket_counter")).toBe("3");
    expect(made.said("create_ticket('t', priority=True)")).toBe(
      "{'id': 3, 'title': 't', 'description': '', 'status': 'Open', 'priority': True, 'created_by': 'ana'}",
    );
    expect(made.attribute("ticket_counter")).toBe("4");
  });
});

describe("edit_ticket", () => {
  test("skips None, and refuses all when one field is not to be edited", () => {
    const made = calledObject(ticketApi, QUEUE);
    expect(made.said("edit_ticket(1, {'title': None, 'priority': 'high'})")).toBe(
      "{'status': 'Ticket 1 has been updated successfully.'}",
    );
    expect(made.said("edit_ticket(1, {'title': 'x', 'id': 9})")).toBe("{'error': 'Invalid fields for update: id'}");
    expect(made.said("get_ticket(1)")).toBe(
      "{'id': 1, 'title': 'Leak', 'status': 'Open', 'priority': 'high', 'created_by': 'ana'}",
    );
  });

  test("names the invalid fields in the order of the updates", () => {
    const made = calledObject(ticketApi, QUEUE);
    expect(made.said("edit_ticket(1, {'owner': 1, 'id': 2})")).toBe(
      "{'error': 'Invalid fields for update: owner, id'}",
    );
    expect(made.said("edit_ticket(1, {7: 1})")).toBe("TypeError: sequence item 0: expected str instance, int found");
    expect(made.said("edit_ticket(1, 'title')")).toBe("AttributeError: 'str' object has no attribute 'keys'");
    expect(made.said("edit_ticket(8, 'title')")).toBe("{'error': 'Ticket with ID 8 not found.'}");
  });
});

describe("get_user_tickets", () => {
  test("is a list with an error for nobody", () => {
    expect(calledObject(ticketApi).said("get_user_tickets()")).toBe(
      "[{'error': 'User not authenticated. Please log in to view tickets.'}]",
    );
  });

  test("compares states in lower case, and fails on one that is no text only where there is a ticket to compare", () => {
    const made = calledObject(ticketApi, QUEUE);
    expect(made.said("get_user_tickets('OPEN')")).toContain("'title': 'Leak'");
    expect(made.said("get_user_tickets(1)")).toBe("AttributeError: 'int' object has no attribute 'lower'");
    made.said("ticket_login('cleo', 'x')");
    expect(made.said("get_user_tickets(1)")).toBe("[]");
    made.said("ticket_login('ana', 'x')");
    made.said("edit_ticket(1, {'status': 4})");
    expect(made.said("get_user_tickets('open')")).toBe("AttributeError: 'int' object has no attribute 'lower'");
  });
});

test("anything true logs in, and who is logged in stays so after a login that fails", () => {
  const made = calledObject(ticketApi);
  expect(made.said("ticket_login(['a'], 0.5)")).toBe("{'success': True}");
  expect(made.said("ticket_login('b', '')")).toBe("{'success': False}");
  expect(made.attribute("current_user")).toBe("['a']");
  expect(made.said("logout()")).toBe("{'success': True}");
  expect(made.said("logout()")).toBe("{'success': False}");
  expect(made.attribute("current_user")).toBe("None");
});
