"""Tables of strategies, joint projects, activities, needs and resources."""

from terreau.projects.models.activity import Activity, UtilityRecognition, WholeList
from terreau.projects.models.need import Match, Need
from terreau.projects.models.project import (
    BudgetLine,
    Engineering,
    Enterprise,
    JobOutcome,
    JointProject,
    Partner,
    Stage,
    StageMove,
    Task,
)
from terreau.projects.models.strategy import Adherence, Axis, Objective, ObjectiveMove, Strategy

__all__ = [
    "Activity",
    "Adherence",
    "Axis",
    "BudgetLine",
    "Engineering",
    "Enterprise",
    "JobOutcome",
    "JointProject",
    "Match",
    "Need",
    "Objective",
    "ObjectiveMove",
    "Partner",
    "Stage",
    "StageMove",
    "Strategy",
    "Task",
    "UtilityRecognition",
    "WholeList",
]
