"""Gates against the binomial, hand cases and limits where the answer is known."""

import pandas as pd
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.governance import apply_gate, binomial_pass, simulate_gates


@pytest.mark.parametrize(("p", "k", "n"), [(0.3, 3, 4), (0.5, 1, 6), (0.9, 8, 8)])
def test_the_binomial_by_counting(p, k, n):
    ways = [bin(i).count("1") for i in range(2**n)]
    assert binomial_pass(p, k, n) == pytest.approx(sum(p**c * (1 - p) ** (n - c) for c in ways if c >= k))


def test_false_grants_match_the_binomial():
    # bad places lie half a standard deviation below the threshold, good ones half above
    found = simulate_gates(
        [-0.5] * 50 + [0.5] * 50, [0.0] * 100, noise=1.0, threshold=0.0, k=4, n=6, periods=6, draws=300
    )
    row = found.table.set_index("policy").loc["gate"]
    bad, good = stats.norm.cdf(-0.5), stats.norm.cdf(0.5)
    assert row["false_grants"] == pytest.approx(binomial_pass(bad, 4, 6), abs=4 * row["false_grants_error"])
    assert row["false_refusals"] == pytest.approx(
        1 - binomial_pass(good, 4, 6), abs=4 * row["false_refusals_error"]
    )
    assert row["ever"] == pytest.approx(
        (binomial_pass(bad, 4, 6) + binomial_pass(good, 4, 6)) / 2, abs=4 * row["ever_error"]
    )
    assert row["wait"] == 6.0
    # one long series gives many tries, so more false grants
    longer = simulate_gates(
        [-0.5] * 50 + [0.5] * 50, [0.0] * 100, noise=1.0, threshold=0.0, k=4, n=6, periods=60, draws=50
    )
    assert longer.table.set_index("policy").loc["gate", "false_grants"] > 2 * row["false_grants"]


def test_one_period_gates_wait_as_the_geometric():
    found = simulate_gates(
        [-9.0, 0.0], [0.0, 0.0], noise=1.0, threshold=0.0, k=1, n=1, periods=60, draws=2000
    )
    row = found.table.set_index("policy").loc["gate"]
    assert row["wait"] == pytest.approx(2.0, abs=0.13)
    assert row["false_refusals"] == 0.0


def test_burdened_places_are_refused_by_the_gate_and_freed_by_the_adjusted_one():
    quality, burden = [-1.0] * 10 + [1.0] * 20, [0.0] * 10 + [0.0] * 10 + [3.0] * 10
    found = simulate_gates(
        quality, burden, noise=0.01, threshold=0.0, k=2, n=3, periods=8, draws=20
    ).table.set_index("policy")
    assert found.loc["gate", ["poorer", "richer", "poorer_good"]].tolist() == [0.0, 0.5, 0.0]
    assert found.loc["adjusted gate", ["poorer", "richer", "poorer_good"]].tolist() == [1.0, 0.5, 1.0]
    assert found.loc["gate", "false_refusals"] == 0.5
    assert found.loc["adjusted gate", "false_refusals"] == 0.0
    assert found.loc["all", ["ever", "false_grants", "false_refusals", "wait"]].tolist() == [
        1.0,
        1.0,
        0.0,
        0.0,
    ]


def test_trajectory_frees_half_of_those_that_do_not_change():
    found = simulate_gates(
        [-1.0] * 50 + [1.0] * 50, [0.0] * 100, noise=1.0, threshold=0.0, k=1, n=1, periods=8, draws=200
    )
    row = found.table.set_index("policy").loc["trajectory"]
    assert row["ever"] == pytest.approx(0.5, abs=4 * row["ever_error"])
    assert found.sentence.startswith("The gate frees")
    moving = simulate_gates(
        [-1.0] * 50 + [1.0] * 50,
        [0.0] * 100,
        noise=0.0,
        threshold=0.0,
        k=1,
        n=1,
        periods=40,
        drift=5.0,
        draws=50,
    ).table.set_index("policy")
    assert (
        moving.loc["gate", "false_grants"] > 0.8
    )  # a walk of 40 steps of five passes one above nearly always


def test_persistent_noise_keeps_its_variance():
    options = {"noise": 1.0, "threshold": 0.0, "k": 1, "n": 1, "periods": 4, "draws": 500}
    found = simulate_gates([-1.0] * 40 + [9.0], [0.0] * 41, persistence=0.999, **options).table.set_index(
        "policy"
    )
    assert found.loc["gate", "false_grants"] == pytest.approx(
        stats.norm.cdf(-1.0), abs=0.03
    )  # one try in effect


def test_a_real_gate_by_hand():
    frame = pd.DataFrame(
        {"a": list("xxxxyyyyzzzz"), "t": [1, 2, 3, 4] * 3, "v": [5, 5, 1, 1, 1, 5, 1, 5, 1, 1, 1, 5]}
    )
    record = apply_gate(
        frame.sample(frac=1, random_state=0), area="a", period="t", value="v", threshold=5, k=2, n=3
    )
    table = record.to_frame().set_index("area")
    assert table["earned"].tolist() == [True, True, False]
    assert table["period"].tolist()[:2] == [3, 4]
    assert table["waited"].tolist()[:2] == [3.0, 4.0]
    assert table["would_lose"].tolist() == [True, False, False]
    assert table["share_above"].tolist() == [0.5, 0.5, 0.25]
    assert table["periods"].tolist() == [4, 4, 4]
    assert record.share == pytest.approx(2 / 3)
    assert record.sentence == "2 of 3 places (67%) would have earned freedom."
    worse = apply_gate(frame, area="a", period="t", value="v", threshold=1, k=3, n=3, higher_is="worse")
    assert worse.table["earned"].tolist() == [False, False, True]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"k": 4}, "k: 4 of n = 3"),
        ({"n": 9, "k": 1}, "'x' has 4 periods"),
        ({"period": "a"}, "give three columns"),
    ],
)
def test_bad_gates_are_refused(change, words):
    frame = pd.DataFrame({"a": list("xxxx"), "t": [1, 2, 3, 4], "v": [5, 5, 1, 1]})
    with pytest.raises(InputError, match=words):
        apply_gate(
            frame, **({"area": "a", "period": "t", "value": "v", "threshold": 5, "k": 2, "n": 3} | change)
        )
    with pytest.raises(InputError, match="period 1 twice"):
        apply_gate(pd.concat([frame, frame]), area="a", period="t", value="v", threshold=5, k=1, n=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"noise": -1.0}, "noise: -1"),
        ({"threshold": 9.0}, "no place good"),
        ({"threshold": -9.0}, "every place good"),
        ({"persistence": 1.0}, "persistence: 1"),
        ({"periods": 3}, "periods: 3"),
    ],
)
def test_bad_simulations_are_refused(change, words):
    options = {"noise": 1.0, "threshold": 0.5, "k": 1, "n": 1, "periods": 4}
    with pytest.raises(InputError, match=words):
        simulate_gates([0.0, 1.0], [0.0, 0.0], **(options | change))
    with pytest.raises(InputError, match="chance: 2"):
        binomial_pass(2.0, 1, 1)
