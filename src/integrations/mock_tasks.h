// mock_tasks.h: tasks answered from a mock file.
//
// Purpose   Counts how often each state of each execution was invoked, and tells what the file says
//           to that. The counts of executions that nobody has asked for in a long while are
//           forgotten: see COUNTS_MAX.
// Threads   Any; a lock inside.
// Errors    An invocation that the file has no entry for fails the task.

#ifndef STEPWELL_INTEGRATIONS_MOCK_TASKS_H
#define STEPWELL_INTEGRATIONS_MOCK_TASKS_H

#include "stepwell/integration.h"

#include "integrations/mock.h"

typedef struct sw_mock_tasks sw_mock_tasks;

// text is what the file has. replay_case: executions that name no test case have this one, and no
// state that it lacks is run; empty: neither.
bool sw_mock_tasks_open(const char *file, sw_str text, sw_str replay_case, sw_mock_tasks **tasks,
                        sw_error *err);
void sw_mock_tasks_close(sw_mock_tasks *tasks); // NULL is fine

bool sw_mock_tasks_have(const sw_mock_tasks *tasks, sw_str machine_name, sw_str mock_case);
bool sw_mock_tasks_answer(const sw_mock_tasks *tasks, sw_str machine_name, sw_str mock_case,
                          sw_str state_name);

// Reports what happens to the task, all of it at once: a worker takes an activity, .sync and
// .waitForTaskToken are submitted first. false: it is not mocked.
bool sw_mock_tasks_run(sw_mock_tasks *tasks, const sw_outside_task *task, sw_task_runner *runner);

#endif
