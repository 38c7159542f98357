// An outcome in the words of whoever wrote the stage: the judge looks at a lab that is gone when
// the finding is read, and the student has the files in work/.
#pragma once

#include "checks/check.hpp"

/// Names files as the student's and gives commands that work where the student stands; adds to the
/// hint what systemctl(1) is to do then.
void put_in_students_view(const Submission& submission, Outcome& outcome);
