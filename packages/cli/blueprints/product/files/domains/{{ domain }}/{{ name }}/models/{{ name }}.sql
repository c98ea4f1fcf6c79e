{{ model }}
