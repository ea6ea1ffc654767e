"""The text that Prometheus reads, line by line."""

from __future__ import annotations

from ionstack.control.metrics import BOUNDS, Metrics, exposition, family, process_families


def _lines(metrics: Metrics) -> list[str]:
    return exposition(metrics.families()).decode().splitlines()


def test_calls_are_counted_by_operation_and_status() -> None:
    metrics = Metrics()
    for status in (200, 200, 404):
        metrics.observe("cloudapi", "datacentersGet", status, 0.001)
    lines = _lines(metrics)
    assert 'ionstack_http_requests_total{api="cloudapi",operation="datacentersGet",status="200"} 2' in lines
    assert 'ionstack_http_requests_total{api="cloudapi",operation="datacentersGet",status="404"} 1' in lines


def test_buckets_add_up_and_include_their_bound() -> None:
    metrics = Metrics()
    for seconds in (0.0001, 0.001, 0.0011, 99.0):
        metrics.observe("a", "b", 200, seconds)
    found = {
        line.split('le="')[1].split('"')[0]: int(line.rsplit(" ", 1)[1])
        for line in _lines(metrics)
        if 'le="' in line
    }
    assert list(found) == list(BOUNDS)
    assert (found["0.0005"], found["0.001"], found["0.0025"], found["10.0"], found["+Inf"]) == (1, 2, 3, 3, 4)
    assert list(found.values()) == sorted(found.values())
    assert 'ionstack_http_request_duration_seconds_count{api="a",operation="b"} 4' in _lines(metrics)


def test_labels_are_escaped() -> None:
    (line,) = list(family("x", "gauge", "Help.", [({"a": 'quote " back \\ line \n'}, 1)]))[2:]
    assert line == 'x{a="quote \\" back \\\\ line \\n"} 1'


def test_the_process_is_measured() -> None:
    lines = list(process_families())
    assert any(line.startswith("process_cpu_seconds_total ") for line in lines)
