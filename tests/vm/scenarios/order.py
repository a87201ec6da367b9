"""All scenarios in the order in which they are played; what takes the packages out comes last."""

from __future__ import annotations

from tests.vm.scenarios import Length, scenario
from tests.vm.scenarios.faults import (
    a_camera_pulled_out_midway_leaves_the_password,
    a_judge_killed_midway_leaves_the_password,
    an_eye_killed_midway_leaves_the_password,
    sleep_ends_a_look_and_the_face_opens_again_after_it,
)
from tests.vm.scenarios.opening import (
    a_face_is_enrolled_at_the_screen_by_command,
    after_an_enrolment_the_password_comes_first,
    i3lock_opens_to_the_face_of_its_user_and_to_no_other,
    lightdm_asks_a_stranger_for_the_password,
    lightdm_logs_in_by_face,
    login_at_a_virtual_terminal_takes_the_face,
    su_takes_the_face,
    sudo_asks_and_takes_the_face,
    who_types_the_password_at_the_question_is_understood,
)
from tests.vm.scenarios.packages import (
    a_purge_leaves_nothing,
    an_upgrade_from_the_package_before_keeps_faces,
    packages_install_and_only_their_sockets_start,
    removed_packages_leave_the_password_and_the_data,
    the_doctor_finds_the_installation_well,
)
from tests.vm.scenarios.refusing import (
    a_camera_that_shows_nothing_is_refused,
    a_login_on_the_serial_line_is_not_before_the_camera,
    a_printed_photo_of_her_is_refused,
    a_programs_camera_opens_nothing_until_the_settings_allow_it,
    an_empty_room_is_refused,
    somebody_elses_face_is_refused,
    ssh_takes_the_password_although_she_sits_there,
)
from tests.vm.scenarios.wiring import (
    a_change_stays_once_a_new_session_has_confirmed_it,
    a_change_that_was_confirmed_is_taken_back_by_revert,
    a_reboot_within_its_time_puts_it_back_too,
    a_rollback_puts_back_what_was_broken_on_purpose,
    after_a_reboot_the_password_comes_first,
)

SCENARIOS = [
    *scenario(packages_install_and_only_their_sockets_start, length=Length.SHORT),
    *scenario(the_doctor_finds_the_installation_well),
    *scenario(a_rollback_puts_back_what_was_broken_on_purpose, length=Length.SHORT),
    *scenario(a_reboot_within_its_time_puts_it_back_too),
    *scenario(
        a_change_stays_once_a_new_session_has_confirmed_it,
        a_face_is_enrolled_at_the_screen_by_command,
        after_an_enrolment_the_password_comes_first,
        sudo_asks_and_takes_the_face,
        length=Length.SHORT,
    ),
    *scenario(
        who_types_the_password_at_the_question_is_understood,
        su_takes_the_face,
        login_at_a_virtual_terminal_takes_the_face,
        i3lock_opens_to_the_face_of_its_user_and_to_no_other,
        lightdm_logs_in_by_face,
        lightdm_asks_a_stranger_for_the_password,
    ),
    *scenario(somebody_elses_face_is_refused, length=Length.SHORT),
    *scenario(
        an_empty_room_is_refused,
        a_printed_photo_of_her_is_refused,
        a_camera_that_shows_nothing_is_refused,
        a_programs_camera_opens_nothing_until_the_settings_allow_it,
        ssh_takes_the_password_although_she_sits_there,
        a_login_on_the_serial_line_is_not_before_the_camera,
        a_camera_pulled_out_midway_leaves_the_password,
        an_eye_killed_midway_leaves_the_password,
        a_judge_killed_midway_leaves_the_password,
        sleep_ends_a_look_and_the_face_opens_again_after_it,
        after_a_reboot_the_password_comes_first,
        an_upgrade_from_the_package_before_keeps_faces,
        a_change_that_was_confirmed_is_taken_back_by_revert,
        removed_packages_leave_the_password_and_the_data,
        a_purge_leaves_nothing,
    ),
]
