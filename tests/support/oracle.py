# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of a message whose DNS questions are not all answered.

Written from the RFCs, apart from the code that it checks, and as slow as it
is simple: each answer that a missing one could have been is put into the
zone, and the message judged again. SPF and DKIM are known as far as the
worlds of the tests use them.

A world is {(name, type): [text, ...]}. What a message needs: author,
spf_domain, signatures as (domain, selector), list_id (or None), and world,
the honest one.
"""
import itertools

CLIENT = "192.0.2.1"
HERE, AWAY = "ip4:192.0.2.1", "ip4:192.0.2.99"
# Answers that only say what they lead to.
PERMERROR = "permerror"  # of SPF: too many hosts, for example
WRONG_KEY = "wrong key"  # a key that makes a signature a broken one
LENIENT_FIRST = ("accept", "quarantine", "reject")


def texts(world, name, mark):
    return [text for text in world.get((name, "TXT"), ())
            if text == mark or text.startswith((mark + " ", mark + ";"))]


def spf_term(world, term):
    """Whether a term matches, or "permerror"."""
    name, _, value = term.lstrip("+-").partition(":")
    if name == "include":
        inner = spf(world, value)
        if inner in ("none", PERMERROR):
            return PERMERROR  # RFC 7208 s5.2
        return inner == "pass"
    if name in ("a", "mx"):
        hosts = [value] if name == "a" else [
            host.split()[-1] for host in world.get((value, "MX"), ())]
        found = [address for host in hosts
                 for address in world.get((host, "A"), ())]
        return PERMERROR if PERMERROR in found + hosts else CLIENT in found
    return name == "all" or term == HERE


def spf(world, domain):
    """RFC 7208 s4.6, s5"""
    found = texts(world, domain, "v=spf1")
    if len(found) != 1:
        return PERMERROR if found else "none"
    for term in found[0].split()[1:]:
        match = spf_term(world, term)
        if match == PERMERROR:
            return PERMERROR
        if match:
            return "fail" if term.startswith("-") else "pass"
    return "neutral"


def walk(world, start):
    """The records of a DNS Tree Walk, longest name first. RFC 9989 s4.10"""
    labels, found = start.split("."), []
    assert len(labels) < 8
    for i in range(len(labels)):
        domain = ".".join(labels[i:])
        records = texts(world, "_dmarc." + domain, "v=DMARC1")
        if len(records) == 1:
            tags = dict(tag.strip().split("=")
                        for tag in records[0].split(";"))
            found.append((domain, tags))
            if tags.get("psd") in ("y", "n"):
                break
    return found


def organization(world, start):
    """RFC 9989 s4.10.2; a domain of one label is no organization."""
    found, labels = walk(world, start), start.split(".")
    org = found[-1][0] if found else start
    for domain, tags in found:
        if tags.get("psd") == "n":
            org = domain
        elif tags.get("psd") == "y" and domain != start:
            org = ".".join(labels[-domain.count(".") - 2:])
    if "." in org:
        return org
    return found[-2][0] if len(found) > 1 else ".".join(labels[-2:])


def is_at_or_under(name, top):
    return name == top or name.endswith("." + top)


def author_exists(world, mail, missing):
    """As the questions that are asked show it: about the Author Domain
    itself, and about its policy."""
    if world.get(("_dmarc." + mail.author, "TXT")) is not None:
        return True
    if (mail.author, "TXT") in missing:
        return world.get((mail.author, "TXT")) is not None
    return any(is_at_or_under(owner, mail.author) for owner, _ in mail.world)


def dmarc(world, mail, passed, missing):
    """(result, policy). RFC 9989 s4.4, s4.10.1, s5.3.5"""
    records = walk(world, mail.author)
    org = organization(world, mail.author)
    by_domain = dict(records)
    where = next((d for d in (mail.author, org) if d in by_domain),
                 records[-1][0] if records else None)
    if where is None:
        return "none", "none"
    tags = by_domain[where]
    policy = tags["p"]
    if where != mail.author:
        policy = tags.get("sp", policy)
        if not author_exists(world, mail, missing):
            policy = tags.get("np", policy)
    for method, domain in passed:
        strict = tags.get({"spf": "aspf", "dkim": "adkim"}[method]) == "s"
        if domain == mail.author or not strict and \
                organization(world, domain) == org:
            return "pass", policy
    return "fail", policy


def has_mediator(world, mail, passed, keys):
    """Somebody else authenticated himself, and there is a sign that he
    relayed it: a List-Id, or a signature of the author that is broken."""
    org = organization(world, mail.author)
    broken = any(key == [WRONG_KEY] and is_at_or_under(domain, org)
                 for domain, key in keys)
    return any(domain != mail.author and (
        broken or mail.list_id and is_at_or_under(mail.list_id, domain))
        for _, domain in passed)


def judge(world, mail, key, missing=()):
    """(result, action, policy) where everything is answered."""
    keys = [(domain, world.get((f"{selector}._domainkey.{domain}", "TXT")))
            for domain, selector in mail.signatures]
    passed = [("dkim", domain) for domain, found in keys if found == [key]]
    if spf(world, mail.spf_domain) == "pass":
        passed.append(("spf", mail.spf_domain))
    result, policy = dmarc(world, mail, passed, missing)
    if result != "fail" or policy == "none":
        return result, "accept", policy
    if policy == "reject" and not has_mediator(world, mail, passed, keys):
        return result, "reject", policy
    return result, "quarantine", policy


def possible_answers(mail, key, question):
    """What a question could have been answered with; None: NXDOMAIN."""
    name, rtype = question
    if rtype == "A":
        return [None, [], [CLIENT], ["192.0.2.99"], [PERMERROR]]
    if rtype == "MX":
        return [None, [], ["10 here.example"], [PERMERROR]]
    if "_domainkey" in name:
        return [None, [], [key], [WRONG_KEY]]
    if name.startswith("_dmarc."):
        return [None, []] + [
            [f"v=DMARC1; p={p}{rest}{psd}"]
            for p in ("none", "quarantine", "reject")
            for rest in ("", "; aspf=s; adkim=s", "; sp=none; np=reject")
            for psd in ("", "; psd=y", "; psd=n")]
    if name == mail.author and name != mail.spf_domain:
        return [None, []]  # only whether it exists is of interest
    return [None, [], ["v=spf1 +all"], ["v=spf1 -all"]]


def expect(mail, key, answers, on_temperror="tempfail"):
    """
    (result, action) if what is known of some questions is `answers`:
    {question: [what it could have been answered with]}.
    """
    outcomes = set()
    for chosen in itertools.product(*answers.values()):
        world = dict(mail.world)
        world["here.example", "A"] = [CLIENT]
        for question, answer in zip(answers, chosen):
            world.pop(question, None)
            if answer is not None:
                world[question] = answer
        outcomes.add(judge(world, mail, key, answers))
    results = {result for result, _, _ in outcomes}
    actions = {action for _, action, _ in outcomes}
    fails = {policy for result, _, policy in outcomes if result == "fail"}
    if results <= {"pass", "none"}:
        result = "pass" if "pass" in results else "none"
    else:
        result = "fail" if results == {"fail"} and len(fails) == 1 \
            else "temperror"
    if len(actions) == 1:
        return result, actions.pop()
    if on_temperror == "tempfail":
        return result, "tempfail"
    return result, min(actions, key=LENIENT_FIRST.index)
