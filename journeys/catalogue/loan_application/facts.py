"""What the loan application asks of its customers."""

from journeys import Fact, minutes, seconds

FACTS = (
    Fact(
        name="purpose",
        label="What is the loan for?",
        kind="choice",
        choices=("Car", "Home improvement", "Debt consolidation", "Education", "Medical bills", "Other"),
        effort=seconds(10),
    ),
    Fact(
        name="amount", label="Amount in dollars", kind="number", low=2000, high=40000, round_to=500, effort=seconds(20)
    ),
    Fact(name="full_name", label="Full name", faker="name", effort=seconds(8)),
    Fact(name="date_of_birth", label="Date of birth", kind="date", effort=seconds(8)),
    Fact(name="email", label="E-mail address", kind="email", effort=seconds(12)),
    Fact(name="phone", label="Phone number", kind="phone", effort=seconds(10), reask_abandon=0.03),
    Fact(name="address", label="Home address", faker="address", effort=seconds(20)),
    Fact(name="employer", label="Employer", faker="company", effort=seconds(15), reask_abandon=0.03),
    Fact(
        name="income", label="Yearly income before tax, in dollars", kind="number", low=18000, high=160000,
        round_to=500, effort=minutes(2),
    ),
    Fact(name="tax_number", label="Tax number", kind="secret", effort=minutes(1)),
    Fact(name="payslip", label="Latest payslip", kind="file", effort=minutes(5)),
    Fact(name="bank_statement", label="Bank statement of the last three months", kind="file", effort=minutes(6)),
)  # fmt: skip
