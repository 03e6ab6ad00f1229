/**
 * The account pages of a Codex client whose `chatgpt_base_url` leads here
 * (docs/client.md, "Account routes"). Answered from memory: nothing is asked of
 * upstream, and nothing of the caller is sent on.
 */
import { STATUS_CODE } from "@std/http";
import { json } from "../../downstream/json_answer.ts";
import { callerLogin } from "./caller_login.ts";
import type { Handler, Table } from "../port/route.ts";
import { resetCredits, usagePage, type UsagePageDeps } from "./usage_page.ts";

export interface AccountPagesDeps extends UsagePageDeps {
  /** Called for each page of usage, so that old figures can be read anew. */
  readonly onPageAsked?: () => void;
}

export function accountPages(deps: AccountPagesDeps): Table {
  const usage: Handler = ({ request }) => {
    const page = usagePage(callerLogin(request.headers), deps);
    deps.onPageAsked?.();
    return json(STATUS_CODE.OK, page);
  };
  const resets: Handler = () =>
    json(STATUS_CODE.OK, {
      available_count: resetCredits(deps.registry) ?? 0,
      credits: [],
    });
  return {
    "GET /backend-api/wham/usage": usage,
    "GET /backend-api/codex/usage": usage,
    "GET /api/codex/usage": usage,
    "GET /backend-api/wham/accounts/check": accountsCheck,
    "GET /api/codex/accounts/check": accountsCheck,
    "GET /backend-api/wham/rate-limit-reset-credits": resets,
    "GET /api/codex/rate-limit-reset-credits": resets,
    "GET /backend-api/wham/settings/user": nothing,
    "GET /api/codex/settings/user": nothing,
    "POST /backend-api/codex/analytics-events/events": nothing,
  };
}

/**
 * The caller's own workspace, and where its turns are to go. The official
 * client begins no turn without this page, and accepts no other address here.
 */
const accountsCheck: Handler = ({ request }) => {
  const { accountId, planType } = callerLogin(request.headers);
  if (accountId === undefined) {
    return json(STATUS_CODE.OK, {
      accounts: [],
      account_ordering: [],
      default_account_id: null,
    });
  }
  const entry = {
    id: accountId,
    account_user_role: "account-owner",
    structure: "personal",
    plan_type: planType ?? "unknown",
    name: null,
    profile_picture_url: null,
    is_deactivated: false,
    can_access_with_session: true,
    workspace_backend_origin: "https://chatgpt.com",
    account_routing_override: "NO_CONSTRAINT",
  };
  return json(STATUS_CODE.OK, {
    accounts: [entry],
    account_ordering: [accountId],
    default_account_id: accountId,
  });
};

/** What the client sends is dropped here. */
const nothing: Handler = async ({ request }) => {
  await request.body?.cancel();
  return json(STATUS_CODE.OK, {});
};
